import type { SignedFetch } from '@cross-account-api/signed-fetch';
import { toFetch } from '@cross-account-api/signed-fetch/fetch';

/** What orval's functions call. The client is that of the invocation: `getOrder(id, { api })`. */
export async function signed<T>(
  path: string,
  { api, ...init }: RequestInit & { api?: SignedFetch },
): Promise<T> {
  if (api === undefined) throw new Error('Give the client of the invocation: getOrder(id, { api }).');
  const response = await toFetch(api)(api.baseUrl + path, init);
  const text = await response.text();
  const data = text === '' ? undefined : JSON.parse(text);
  return { data, status: response.status, headers: response.headers } as T;
}
