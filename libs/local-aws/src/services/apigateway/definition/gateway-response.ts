import type { RestApi } from '../store.ts';
import { badRequest } from './errors.ts';
import type { CustomGatewayResponse } from './properties.ts';

const HEADER = /^gatewayresponse\.header\.[\w!#$%&'*+.^`|~-]{1,200}$/;
const VALUE =
  /^(?:'[^'\r\n]*'|method\.request\.(?:header|querystring|path)\..{1,200}|context\.[\w.]{1,200}|stageVariables\.\w{1,64})$/;

/** Checks a gateway response of an API, and sets it. */
export function putGatewayResponse(
  { gatewayResponses }: Pick<RestApi, 'gatewayResponses'>,
  response: CustomGatewayResponse,
): void {
  for (const [name, value] of Object.entries(response.responseParameters)) {
    if (!HEADER.test(name) || !VALUE.test(value)) {
      throw badRequest(
        `Invalid response parameter ${name}: ${value}. Use gatewayresponse.header.<Name> with 'a static value', method.request.{header|querystring|path}.<name>, context.<name> or stageVariables.<name>.`,
      );
    }
  }
  gatewayResponses.set(response.responseType, response);
}
