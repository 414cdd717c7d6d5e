import { AwsV4Signer } from 'aws4fetch';
import type { TestBed } from './test-bed.testing.ts';

/** Keys to sign with. Temporary keys have a token. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The response of an API. */
export interface ApiAnswer {
  readonly status: number;
  /** `x-amzn-ErrorType` */
  readonly errorType: string | undefined;
  readonly requestId: string | undefined;
  /** In seconds. */
  readonly retryAfter: string | undefined;
  readonly body: unknown;
}

/** A request to an API. */
export interface ApiRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Sends a request to the API's own address, `https://<api>.execute-api.<region>.amazonaws.com`, like any HTTPS client that
 * knows the proxy and the CA.
 */
export async function callApi(bed: TestBed, url: string, request: ApiRequest = {}): Promise<ApiAnswer> {
  const response = await bed.aws.fetch(url, request);
  const header = (name: string) => response.headers.get(name) ?? undefined;
  return {
    status: response.status,
    errorType: header('x-amzn-errortype'),
    requestId: header('x-amzn-requestid'),
    retryAfter: header('retry-after'),
    body: await response.json(),
  };
}

/** Signs a request for `execute-api`. @returns it with the signature in its headers */
export async function signed(
  url: string,
  keys: Keys,
  { method = 'GET', headers, body }: ApiRequest = {},
): Promise<ApiRequest> {
  const signer = new AwsV4Signer({
    ...keys,
    url,
    method,
    headers: { ...headers },
    service: 'execute-api',
    region: 'us-east-1',
    ...(body === undefined ? {} : { body }),
  });
  const { headers: all } = await signer.sign();
  return { method, headers: Object.fromEntries(all), ...(body === undefined ? {} : { body }) };
}
