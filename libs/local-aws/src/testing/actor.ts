import { isArn, parseArn, partitionOf } from '@cross-account-api/iam';
import { type SigningKeys, signRequest } from '../authentication/sign-request.ts';
import { domainOf, endpointName } from '../core/aws-domains.ts';
import { parseJson } from '../core/parse-json.ts';
import { serviceOfHost } from '../services/select-endpoint.ts';
import { readRequest, type Sender } from './send.ts';

/** Settings that every client of the AWS SDK takes: `new S3Client(actor.sdk)`. */
export interface SdkSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: SigningKeys;
  /** For S3: there are no host names of buckets at the endpoint. */
  readonly forcePathStyle: true;
}

/** The answer of a function. */
export interface FunctionAnswer {
  /** What the function returned, from JSON; or its error, if `functionError` is present. */
  readonly payload: unknown;
  /** `Unhandled` if the function failed. */
  readonly functionError?: string;
  readonly requestId: string;
}

/** A principal that makes requests. */
export interface Actor {
  readonly credentials: SigningKeys;
  /** Settings of any client of the AWS SDK. */
  readonly sdk: SdkSettings;
  /**
   * As the global `fetch`, but signed, and sent to local AWS. The host says for which service and region, e.g. that of an API or
   * `sts.us-east-1.amazonaws.com`. It follows no redirect, since the signature would not fit.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /**
   * Invokes a function and waits for its answer, also if the function fails.
   * @param functionName its name or ARN
   * @param event JSON. Default: `{}`
   * @throws InvocationRefused if Lambda does not invoke it
   */
  invoke(functionName: string, event?: unknown): Promise<FunctionAnswer>;
}

/** Lambda has refused an invocation. `name` and `code` are AWS's code, such as `AccessDeniedException`. */
export class InvocationRefused extends Error {
  readonly code: string;
  readonly requestId: string;

  constructor(code: string, message: string, requestId: string) {
    super(message);
    this.name = code;
    this.code = code;
    this.requestId = requestId;
  }
}

/** The surroundings of an actor. */
export interface ActorOptions {
  readonly sender: Sender;
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly region: string;
}

/** Makes an actor from its keys. */
export function createActor(credentials: SigningKeys, { sender, endpoint, region }: ActorOptions): Actor {
  const signedFetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = await readRequest(input, init);
    const { method, url, body } = request;
    const { host, pathname: rawPath, search } = url;
    const unsigned = { method, host, rawPath, rawQuery: search.slice(1), headers: request.headers, body };
    const headers = signRequest(unsigned, credentials, scopeOf(host, region), new Date());
    return sender.send({ ...request, headers });
  };
  return {
    credentials,
    // The SDK adds members to the credentials that it gets.
    sdk: { endpoint, region, credentials: { ...credentials }, forcePathStyle: true },
    fetch: signedFetch,
    async invoke(functionName, event = {}) {
      // The client's region need not be that of an ARN, as AWS's is not.
      const of = isArn(functionName) ? parseArn(functionName).region : region;
      const path = `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`;
      const response = await signedFetch(`https://lambda.${of}.${domainOf(of)}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(event),
      });
      const requestId = response.headers.get('x-amzn-requestid') ?? '';
      const payload = parseJson(await response.text()) as {
        readonly Message?: string;
        readonly message?: string;
      };
      if (!response.ok) {
        const code = response.headers.get('x-amzn-errortype') ?? `HTTP ${response.status}`;
        throw new InvocationRefused(code, payload?.Message ?? payload?.message ?? code, requestId);
      }
      const functionError = response.headers.get('x-amz-function-error');
      return { payload, requestId, ...(functionError !== null && { functionError }) };
    },
  };
}

/** The service and the region that a host belongs to. A custom domain is that of an API in the actor's region. */
function scopeOf(host: string, region: string) {
  const labels = endpointName(host)?.split('.') ?? [];
  return {
    service: serviceOfHost(host) ?? 'execute-api',
    region: labels.findLast((label) => partitionOf(label) !== undefined) ?? region,
  };
}
