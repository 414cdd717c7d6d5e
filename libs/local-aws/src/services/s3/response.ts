import { hash } from 'node:crypto';
import type { AwsError } from '../../core/errors.ts';
import type { AwsRequest, AwsResponse } from '../../core/request.ts';
import { toXml } from '../../protocols/query.ts';
import type { S3Output } from './operation.ts';

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** The response for an operation's output, as S3 writes it. */
export function writeOutput(output: S3Output, request: AwsRequest): AwsResponse {
  return {
    status: output.status ?? 200,
    headers: {
      ...identity(request),
      ...(output.xml === undefined ? {} : { 'content-type': 'application/xml' }),
      ...output.headers,
    },
    body: output.bytes ?? (output.xml === undefined ? '' : toXml(inNamespace(output.xml))),
  };
}

/** The response for an error: S3's document, which a `HEAD` request does not get to see. */
export function writeError(error: AwsError, request: AwsRequest): AwsResponse {
  const headers: Record<string, string> = { ...identity(request), 'content-type': 'application/xml' };
  const { Region: region, ActualObjectSize: size } = error.details;
  if (error.status === 301 && typeof region === 'string') headers['x-amz-bucket-region'] = region;
  if (error.status === 416) headers['content-range'] = `bytes */${String(size)}`;
  return {
    status: error.status,
    headers,
    body:
      request.method === 'HEAD'
        ? ''
        : toXml({
            Error: {
              Code: error.code,
              Message: error.message,
              ...error.details,
              RequestId: request.requestId,
              HostId: hostId(request),
            },
          }),
  };
}

function identity(request: AwsRequest): Record<string, string> {
  return { 'x-amz-request-id': request.requestId, 'x-amz-id-2': hostId(request), server: 'AmazonS3' };
}

/** S3's second request ID: opaque, and 76 characters long. */
function hostId({ requestId }: AwsRequest): string {
  return Buffer.from(hash('sha512', requestId, 'hex').slice(0, 112), 'hex').toString('base64');
}

function inNamespace(document: object): object {
  return Object.fromEntries(
    Object.entries(document).map(([root, content]: [string, unknown]) => [
      root,
      {
        '@_xmlns': namespace,
        ...(typeof content === 'object' ? content : { '#text': content }),
      },
    ]),
  );
}
