import { deployHttpApi, type HttpApiParts } from '../../apigatewayv2/http-api.testing.ts';
import { createGateway, type GatewayOptions, type TestGateway } from '../gateway.testing.ts';

/** A gateway in front of an HTTP API. `restApiId` is the ID of the HTTP API. The default path of a request is `/messages`. */
export async function createHttpGateway(
  parts: HttpApiParts = {},
  options: Omit<GatewayOptions, 'deploy'> = {},
): Promise<TestGateway> {
  const gateway = await createGateway({ ...options, deploy: (bench) => deployHttpApi(bench, parts) });
  const at = <Init extends object>(init: Init) => ({ rawPath: '/messages', ...init });
  return {
    ...gateway,
    signed: (init, signing) => gateway.signed(at(init), signing),
    send: (init, signing) => gateway.send(at(init), signing),
    sendRaw: (init) => gateway.sendRaw(at(init)),
  };
}
