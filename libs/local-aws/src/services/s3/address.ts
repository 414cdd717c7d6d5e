import { AwsError } from '../../core/errors.ts';
import type { AwsRequest } from '../../core/request.ts';

/** Which bucket and object a request is about; no bucket: the account's list of buckets. */
export interface Address {
  readonly bucket?: string;
  readonly key?: string;
  /** Query parameters, decoded. */
  readonly query: URLSearchParams;
}

const virtualHost = /^(.+)\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com(?::\d+)?$/i;

/**
 * Reads bucket and key from a request, virtual-hosted style (`<bucket>.s3.<region>.amazonaws.com/<key>`) or path
 * style (`/<bucket>/<key>`).
 * @throws AwsError `InvalidURI` where the path is not percent-encoded UTF-8
 * @example readAddress({ host: '127.0.0.1:4566', rawPath: '/artifacts/a%20b.zip', rawQuery: '' }) // bucket `artifacts`, key `a b.zip`
 */
export function readAddress(request: Pick<AwsRequest, 'host' | 'rawPath' | 'rawQuery'>): Address {
  const query = new URLSearchParams(request.rawQuery);
  const hosted = virtualHost.exec(request.host)?.[1];
  const path = decodePath(request.rawPath.replace(/^\//, ''));
  if (hosted !== undefined) return { bucket: hosted, query, ...(path === '' ? {} : { key: path }) };
  if (path === '') return { query };
  const slash = path.indexOf('/');
  const [bucket, key] = slash < 0 ? [path, ''] : [path.slice(0, slash), path.slice(slash + 1)];
  return { bucket, query, ...(key === '' ? {} : { key }) };
}

function decodePath(rawPath: string): string {
  try {
    return decodeURIComponent(rawPath);
  } catch {
    throw new AwsError('InvalidURI', "Couldn't parse the specified URI.");
  }
}
