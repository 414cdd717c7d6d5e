import type { AwsRequest } from '../../../core/request.ts';

/** Which API and stage a request is addressed to. */
export interface Address {
  readonly apiId: string;
  readonly region: string;
  readonly stageName: string;
  /** What follows the stage, e.g. `/messages/1`; `/` if nothing does. As sent, but with one leading slash. */
  readonly path: string;
  /** The whole path as the request context shows it: `/dev/messages/1`. */
  readonly fullPath: string;
}

const HOST = /^([a-z0-9]{1,64})\.execute-api\.([a-z0-9-]{1,32})\.amazonaws\.com(?:\.cn)?(?::\d{1,5})?$/;

/**
 * Reads `https://<apiId>.execute-api.<region>.amazonaws.com/<stage>/<path>`.
 * @returns `undefined` if the host is not an API's
 */
export function addressOf(request: Pick<AwsRequest, 'host' | 'rawPath'>): Address | undefined {
  const [, apiId, region] = HOST.exec(request.host.toLowerCase()) ?? [];
  if (apiId === undefined || region === undefined) return undefined;
  const [, stageName = '', rest = ''] = /^\/*([^/]*)(.*)$/s.exec(request.rawPath) ?? [];
  const path = `/${rest.replace(/^\/+/, '')}`;
  return { apiId, region, stageName, path, fullPath: `/${stageName}${rest}` };
}
