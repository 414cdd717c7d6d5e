import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { operationsOn } from '../../apigateway/operations/operation.ts';
import { type HttpApiStore, type Integration, integrationOf } from '../store.ts';
import { API, api, pageOf, paging } from './operation.ts';

/** The operations that read an API's integrations. */
export function integrationOperations(store: HttpApiStore): readonly Operation[] {
  const operation = operationsOn(store);
  return [
    operation('GetIntegrations', {
      http: `GET ${API}/integrations`,
      input: v.object({ ...api, ...paging }),
      handle: (input, call) =>
        pageOf([...store.api(call, input.ApiId).integrations.values()].map(describe), input),
    }),
    operation('GetIntegration', {
      http: `GET ${API}/integrations/{IntegrationId}`,
      input: v.object({ ...api, IntegrationId: v.string() }),
      handle: ({ ApiId, IntegrationId }, call) =>
        describe(integrationOf(store.api(call, ApiId), IntegrationId)),
    }),
  ];
}

function describe({ id: integrationId, settings }: Integration) {
  const { uri: integrationUri, method: integrationMethod, functionArn: _, ...others } = settings;
  return {
    integrationId,
    integrationType: 'AWS_PROXY',
    integrationUri,
    integrationMethod,
    connectionType: 'INTERNET',
    ...others,
  };
}
