import { defined } from '../../core/defined.ts';
import type { AwsRequest } from '../../core/request.ts';
import type { Endpoint } from '../../pipeline/endpoint.ts';
import { createHttpPlane } from './http-api/http-plane.ts';
import type { Plane, PlaneOptions } from './plane.ts';
import { forbidden } from './responses/gateway-error.ts';
import { createRestPlane } from './rest-plane.ts';
import { addressOf } from './routing/router.ts';

/** Makes the data plane of both kinds of API, at `https://<apiId>.execute-api.<region>.amazonaws.com` and at custom domains. */
export function createExecuteApiEndpoint(options: PlaneOptions): Endpoint {
  const { apis, httpApis } = options;
  const rest = createRestPlane(options);
  const http = createHttpPlane(options);
  const planes = new WeakMap<AwsRequest, Plane>();
  /** The plane that makes the response. Requests to unknown APIs get the errors of REST APIs. */
  const planeOf = (request: AwsRequest) => planes.get(request) ?? rest;
  return {
    signingName: 'execute-api',
    answersFor: (hostname) => apis.domainNames.byHost(hostname) !== undefined,
    signatureRules: (request) => ({
      signingName: 'execute-api',
      maxSkewSeconds: 300,
      path: 'normalize-and-double-encode',
      unsignedPayload: false,
      ...defined({ region: addressOf(request, options)?.region }),
    }),
    route(request) {
      const address = addressOf(request, options);
      if (address === undefined) throw forbidden();
      if (httpApis.stageNames(address.apiId, address.region) !== undefined) planes.set(request, http);
      return planeOf(request).route(request, address);
    },
    refuse: (refusal, request) => planeOf(request).refuse(refusal, request),
    fail: (error, request) => planeOf(request).fail(error, request),
  };
}
