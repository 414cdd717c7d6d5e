import type { SignedFetch } from './client.ts';
import { check } from './errors.ts';

/** The statuses whose responses have no body: `Response` takes none for these (https://fetch.spec.whatwg.org/#null-body-status). */
const WITHOUT_BODY: readonly number[] = [204, 205, 304];

/**
 * Makes a `fetch` for clients of others, such as those that generators write from an OpenAPI document. It signs, repeats and ends in time as the
 * client does. Make it in each invocation, of the client that is bound to it: `toFetch(context.api)`.
 *
 * It takes a text, a `URL` or a `Request`, and sends only what is below the client's base URL. Each answer is a `Response`, whatever its status,
 * with its whole body. It follows no redirect.
 * @returns a `fetch` that throws a SignedFetchOptionError for what it does not send, such as another host or a header `Authorization`; a
 * SignedFetchError if there is no answer; and the reason of the signal that ends it
 * @example const client = createClient<paths>({ baseUrl: context.api.baseUrl, fetch: toFetch(context.api) });
 */
export function toFetch(api: Pick<SignedFetch, 'baseUrl' | 'fetch'>): typeof globalThis.fetch {
  return async (input, init) => {
    const url = URL.parse(input instanceof Request ? input.url : String(input));
    check(url !== null, 'input', 'must be an absolute URL: give the other client the base URL of this one');
    const href = url.origin + url.pathname;
    const isBelow = href === api.baseUrl || href.startsWith(`${api.baseUrl}/`);
    // A Request cannot have a user.
    const isOther = !isBelow || url.username !== '' || url.password !== '';
    check(
      !isOther,
      'input',
      `must be below ${api.baseUrl}, and nothing else is sent to. It leads to ${href}`,
    );
    const request = new Request(input, init);
    const { method, headers, signal } = request;
    const rule =
      'must not have Authorization: the signature takes its place. Turn it off in the other client';
    check(!headers.has('authorization'), 'headers', rule);
    const answer = await api.fetch((href.slice(api.baseUrl.length) || '/') + url.search, {
      method,
      headers: Object.fromEntries(headers),
      ...(request.body && { body: new Uint8Array(await request.arrayBuffer()) }),
      signal,
      anyStatus: true,
    });
    const body = WITHOUT_BODY.includes(answer.status) ? null : new Uint8Array(answer.body);
    const response = new Response(body, { status: answer.status, headers: answer.headers });
    return Object.defineProperty(response, 'url', { value: request.url });
  };
}
