import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { Permission, ServiceOperation } from '../../../protocols/operation.ts';
import { type FunctionReference, functionArn, parseFunctionArn } from '../functions/function-name.ts';
import { functionUrl, type UrlControl } from '../functions/url-control.ts';
import { functionUrlAuthType, urlEntries } from '../functions/url-settings.ts';
import type { FunctionStore, FunctionUrl } from '../store.ts';
import { functionOperationsOf, pageOf, paging, qualifier } from './operation.ts';

const URL_CONFIG = '/2021-10-31/functions/{FunctionName}/url';

/** The operations on the URLs of functions. */
export function urlConfigOperations(store: FunctionStore, urls: UrlControl): readonly ServiceOperation[] {
  const functionOperation = functionOperationsOf(store);
  /** @param authType the one that the request asks for, or the one of the URL that it is about */
  const withAuthType = (permission: Permission, authType: FunctionUrl['authType'] | undefined) => ({
    ...permission,
    context: defined({
      ...permission.context,
      'lambda:FunctionArn': permission.resource,
      'lambda:FunctionUrlAuthType': authType,
    }),
  });
  const ofPresent = (permission: Permission) =>
    withAuthType(permission, urls.find(parseFunctionArn(permission.resource))?.authType);
  return [
    functionOperation('CreateFunctionUrlConfig', {
      http: `POST ${URL_CONFIG}`,
      status: 201,
      input: { ...qualifier, ...urlEntries, AuthType: functionUrlAuthType },
      requires: (permission, { AuthType }) => withAuthType(permission, AuthType),
      handle(reference, { AuthType, Cors, InvokeMode }) {
        const url = urls.create(reference, { authType: AuthType, ...(Cors !== undefined && { cors: Cors }) });
        // AWS shows the mode here only if the request names it.
        return describe(reference, url, { InvokeMode, LastModifiedTime: undefined });
      },
    }),
    functionOperation('GetFunctionUrlConfig', {
      http: `GET ${URL_CONFIG}`,
      requires: ofPresent,
      handle: (reference) => describe(reference, urls.get(reference)),
    }),
    functionOperation('UpdateFunctionUrlConfig', {
      http: `PUT ${URL_CONFIG}`,
      input: { ...qualifier, ...urlEntries, AuthType: v.optional(functionUrlAuthType) },
      requires: (permission, { AuthType }) =>
        AuthType === undefined ? ofPresent(permission) : withAuthType(permission, AuthType),
      handle(reference, { AuthType, Cors, InvokeMode }) {
        const url = urls.update(reference, defined({ authType: AuthType, cors: Cors }));
        return describe(reference, url, { InvokeMode });
      },
    }),
    functionOperation('DeleteFunctionUrlConfig', {
      http: `DELETE ${URL_CONFIG}`,
      status: 204,
      requires: ofPresent,
      handle(reference) {
        urls.get(reference);
        urls.delete(reference);
      },
    }),
    functionOperation('ListFunctionUrlConfigs', {
      http: 'GET /2021-10-31/functions/{FunctionName}/urls',
      input: paging,
      requires: ofPresent,
      handle(reference, input) {
        const { items, next } = pageOf(urls.list(reference), input);
        const described = items.map((each) => describe(each.reference, each.url));
        return { FunctionUrlConfigs: described, NextMarker: next };
      },
    }),
  ];
}

function describe(reference: FunctionReference, url: FunctionUrl, shown: object = {}): object {
  return defined({
    FunctionUrl: functionUrl(reference, url),
    FunctionArn: functionArn(reference),
    AuthType: url.authType,
    Cors: url.cors,
    CreationTime: url.created.toISOString(),
    LastModifiedTime: url.lastModified.toISOString(),
    InvokeMode: 'BUFFERED',
    ...shown,
  });
}
