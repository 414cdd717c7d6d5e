import type { ApiEvent } from '../event.ts';

/**
 * The path of a request within the API: without the stage, and without the base path of a custom domain, which is part of
 * `event.path`. So a request is the same at each address of the API.
 * @example ownPath(event) // '/messages/1', also if the client requested https://api.example.com/exchange/messages/1
 */
export function ownPath({
  path,
  pathParameters,
  requestContext: { resourcePath },
}: Pick<ApiEvent, 'path' | 'pathParameters'> & {
  readonly requestContext: { readonly resourcePath: string };
}): string {
  const own = resourcePath.replaceAll(/\{([^{}]+?)\+?\}/g, (_, name: string) => pathParameters?.[name] ?? '');
  return path.endsWith('/') && !own.endsWith('/') ? `${own}/` : own;
}
