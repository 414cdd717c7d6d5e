import type { AwsRequest } from '../../../core/request.ts';

/** Which API and stage a request is addressed to. */
export interface Address {
  readonly apiId: string;
  readonly region: string;
  readonly stageName: string;
  /** What follows the stage: `/messages/1`, `/` where nothing does. As sent, but with one leading slash. */
  readonly path: string;
  /** The whole path as the request context shows it: `/dev/messages/1`. */
  readonly fullPath: string;
}

const HOST = /^([a-z0-9]{1,64})\.execute-api\.([a-z0-9-]{1,32})\.amazonaws\.com(?:\.cn)?(?::\d{1,5})?$/;

/**
 * Reads `https://<apiId>.execute-api.<region>.amazonaws.com/<stage>/<path>`.
 * @returns `undefined` where the host is not an API's
 */
export function addressOf(request: Pick<AwsRequest, 'host' | 'rawPath'>): Address | undefined {
  const [, apiId, region] = HOST.exec(request.host.toLowerCase()) ?? [];
  if (apiId === undefined || region === undefined) return undefined;
  const afterSlashes = request.rawPath.slice(leadingSlashes(request.rawPath));
  const end = afterSlashes.indexOf('/');
  const stageName = end === -1 ? afterSlashes : afterSlashes.slice(0, end);
  const rest = end === -1 ? '' : afterSlashes.slice(end);
  return {
    apiId,
    region,
    stageName,
    path: `/${rest.slice(leadingSlashes(rest))}`,
    fullPath: `/${stageName}${rest}`,
  };
}

function leadingSlashes(text: string): number {
  let count = 0;
  while (text[count] === '/') count += 1;
  return count;
}
