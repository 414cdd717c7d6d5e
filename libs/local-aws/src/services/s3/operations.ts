import { XMLParser } from 'fast-xml-parser';
import type { Call, RouteQuestion } from '../../pipeline/endpoint.ts';
import { AwsError } from '../../pipeline/errors.ts';
import { type AwsResponse, header } from '../../pipeline/request.ts';
import { type PolicyCheck, parsePolicy } from './bucket-policy.ts';
import { type Bucket, type BucketStore, etagOf, md5, type StoredObject } from './store.ts';

/** What an operation works on. */
export interface S3Call extends Call {
  readonly bucketName: string;
  readonly key: string;
  readonly query: URLSearchParams;
}

/** The response's parts: an XML document, or bytes with headers. */
export interface S3Output {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Root element and its content. */
  readonly xml?: object;
  readonly bytes?: Buffer;
}

/** An operation of S3. */
export interface S3Operation {
  readonly name: string;
  readonly method: string;
  /** Whether the path names an object, a bucket, or neither. */
  readonly on: 'service' | 'bucket' | 'object';
  /** The query parameter that distinguishes the operation (`?uploads`); a header in the case of `copy`. */
  readonly marker?: string;
  /** The IAM action; `undefined` where the questions are the operation's own. */
  readonly action: string;
  /** Further questions, e.g. for the source of a copy. */
  furtherQuestions?(call: Pick<S3Call, 'request'>): readonly RouteQuestion[];
  handle(call: S3Call): S3Output;
}

const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, processEntities: true });

/** S3's operations over a store. */
export function s3Operations(store: BucketStore, checkPolicy: PolicyCheck): readonly S3Operation[] {
  const policyOf = (bucket: Bucket): string => {
    if (bucket.policy === undefined) {
      throw new AwsError('NoSuchBucketPolicy', 'The bucket policy does not exist', 404, {
        BucketName: bucket.name,
      });
    }
    return JSON.stringify(bucket.policy.document);
  };
  const configurationRead = (
    name: string,
    marker: string,
    action: string,
    absent: AwsError,
  ): S3Operation => ({
    name,
    method: 'GET',
    on: 'bucket',
    marker,
    action,
    handle: ({ bucketName }) => {
      const document = store.bucket(bucketName).configuration.get(marker);
      if (document === undefined) throw absent;
      return { xml: document };
    },
  });

  return [
    {
      name: 'ListBuckets',
      method: 'GET',
      on: 'service',
      action: 's3:ListAllMyBuckets',
      handle: ({ accountId }) => ({
        xml: {
          ListAllMyBucketsResult: {
            Owner: { ID: accountId },
            Buckets: {
              Bucket: store.list(accountId).map((bucket) => ({
                Name: bucket.name,
                CreationDate: bucket.createdAt.toISOString(),
                BucketRegion: bucket.region,
              })),
            },
          },
        },
      }),
    },
    {
      name: 'CreateBucket',
      method: 'PUT',
      on: 'bucket',
      action: 's3:CreateBucket',
      handle: (call) => {
        store.create(call, call.bucketName);
        return { headers: { location: `/${call.bucketName}` } };
      },
    },
    {
      name: 'HeadBucket',
      method: 'HEAD',
      on: 'bucket',
      action: 's3:ListBucket',
      handle: ({ bucketName }) => ({
        headers: { 'x-amz-bucket-region': store.bucket(bucketName).region },
      }),
    },
    {
      name: 'DeleteBucket',
      method: 'DELETE',
      on: 'bucket',
      action: 's3:DeleteBucket',
      handle: ({ bucketName }) => {
        store.delete(bucketName);
        return { status: 204 };
      },
    },
    {
      name: 'GetBucketLocation',
      method: 'GET',
      on: 'bucket',
      marker: 'location',
      action: 's3:GetBucketLocation',
      handle: ({ bucketName }) => {
        const { region } = store.bucket(bucketName);
        // The first region's constraint is written as an empty element.
        return { xml: { LocationConstraint: region === 'us-east-1' ? '' : region } };
      },
    },
    {
      name: 'GetBucketVersioning',
      method: 'GET',
      on: 'bucket',
      marker: 'versioning',
      action: 's3:GetBucketVersioning',
      handle: ({ bucketName }) => {
        store.bucket(bucketName);
        return { xml: { VersioningConfiguration: '' } };
      },
    },
    configurationRead(
      'GetBucketEncryption',
      'encryption',
      's3:GetEncryptionConfiguration',
      new AwsError(
        'ServerSideEncryptionConfigurationNotFoundError',
        'The server side encryption configuration was not found',
        404,
      ),
    ),
    configurationRead(
      'GetPublicAccessBlock',
      'publicAccessBlock',
      's3:GetBucketPublicAccessBlock',
      new AwsError(
        'NoSuchPublicAccessBlockConfiguration',
        'The public access block configuration was not found',
        404,
      ),
    ),
    configurationRead(
      'GetBucketTagging',
      'tagging',
      's3:GetBucketTagging',
      new AwsError('NoSuchTagSet', 'The TagSet does not exist', 404),
    ),
    {
      name: 'GetBucketPolicy',
      method: 'GET',
      on: 'bucket',
      marker: 'policy',
      action: 's3:GetBucketPolicy',
      handle: ({ bucketName }) => ({
        headers: { 'content-type': 'application/json' },
        bytes: Buffer.from(policyOf(store.bucket(bucketName))),
      }),
    },
    {
      name: 'PutBucketPolicy',
      method: 'PUT',
      on: 'bucket',
      marker: 'policy',
      action: 's3:PutBucketPolicy',
      handle: ({ bucketName, payload }) => {
        const bucket = store.bucket(bucketName);
        bucket.policy = parsePolicy(bucketName, payload.toString('utf8'), checkPolicy);
        return { status: 204 };
      },
    },
    {
      name: 'DeleteBucketPolicy',
      method: 'DELETE',
      on: 'bucket',
      marker: 'policy',
      action: 's3:DeleteBucketPolicy',
      handle: ({ bucketName }) => {
        delete store.bucket(bucketName).policy;
        return { status: 204 };
      },
    },
    {
      name: 'ListObjectsV2',
      method: 'GET',
      on: 'bucket',
      action: 's3:ListBucket',
      handle: ({ bucketName, query }) => listObjects(store.bucket(bucketName), query),
    },
    {
      name: 'ListObjectVersions',
      method: 'GET',
      on: 'bucket',
      marker: 'versions',
      action: 's3:ListBucketVersions',
      handle: ({ bucketName, query }) => {
        const bucket = store.bucket(bucketName);
        return {
          xml: {
            ListVersionsResult: {
              Name: bucket.name,
              Prefix: query.get('prefix') ?? '',
              IsTruncated: false,
              Version: objectsUnder(bucket, query.get('prefix') ?? '').map((object) => ({
                ...objectElement(object),
                VersionId: 'null',
                IsLatest: true,
              })),
            },
          },
        };
      },
    },
    {
      name: 'DeleteObjects',
      method: 'POST',
      on: 'bucket',
      marker: 'delete',
      action: 's3:DeleteObject',
      handle: ({ bucketName, payload }) => {
        const bucket = store.bucket(bucketName);
        const { Delete: request } = parseXml(payload);
        const keys = elements(request, 'Object').map((object) => text(object, 'Key'));
        for (const key of keys) bucket.objects.delete(key);
        const quiet = text(request, 'Quiet') === 'true';
        return { xml: { DeleteResult: quiet ? '' : { Deleted: keys.map((Key) => ({ Key })) } } };
      },
    },
    {
      name: 'CopyObject',
      method: 'PUT',
      on: 'object',
      marker: 'copy',
      action: 's3:PutObject',
      furtherQuestions: ({ request }) => {
        const source = copySource(header(request, 'x-amz-copy-source'));
        const bucket = store.find(source.bucket);
        if (bucket === undefined) return [];
        return [questionFor(bucket, 's3:GetObject', source.key)];
      },
      handle: ({ bucketName, key, request }) => {
        const source = copySource(header(request, 'x-amz-copy-source'));
        const { body, contentType, headers } = store.object(source.bucket, source.key);
        const copy = store.put(store.bucket(bucketName), { key, body, contentType, headers });
        return {
          xml: { CopyObjectResult: { ETag: copy.etag, LastModified: copy.lastModified.toISOString() } },
        };
      },
    },
    {
      name: 'PutObject',
      method: 'PUT',
      on: 'object',
      action: 's3:PutObject',
      handle: (call) => {
        verifyContentMd5(call);
        const object = store.put(store.bucket(call.bucketName), {
          key: call.key,
          body: call.payload,
          ...described(call),
        });
        return { headers: { etag: object.etag } };
      },
    },
    {
      name: 'GetObject',
      method: 'GET',
      on: 'object',
      action: 's3:GetObject',
      handle: ({ bucketName, key, request }) =>
        rangeOf(store.object(bucketName, key), header(request, 'range')),
    },
    {
      name: 'HeadObject',
      method: 'HEAD',
      on: 'object',
      action: 's3:GetObject',
      handle: ({ bucketName, key }) => rangeOf(store.object(bucketName, key), undefined),
    },
    {
      name: 'DeleteObject',
      method: 'DELETE',
      on: 'object',
      action: 's3:DeleteObject',
      handle: ({ bucketName, key }) => {
        store.bucket(bucketName).objects.delete(key);
        return { status: 204 };
      },
    },
    {
      name: 'CreateMultipartUpload',
      method: 'POST',
      on: 'object',
      marker: 'uploads',
      action: 's3:PutObject',
      handle: (call) => {
        const { bucketName: Bucket, key: Key } = call;
        const UploadId = store.startUpload(store.bucket(Bucket), { key: Key, ...described(call) });
        return { xml: { InitiateMultipartUploadResult: { Bucket, Key, UploadId } } };
      },
    },
    {
      name: 'UploadPart',
      method: 'PUT',
      on: 'object',
      marker: 'uploadId',
      action: 's3:PutObject',
      handle: (call) => {
        verifyContentMd5(call);
        const number = Number(call.query.get('partNumber'));
        if (!Number.isInteger(number) || number < 1 || number > 10_000) {
          throw new AwsError(
            'InvalidArgument',
            'Part number must be an integer between 1 and 10000, inclusive',
          );
        }
        const etag = etagOf(call.payload);
        store
          .upload(store.bucket(call.bucketName), call.query.get('uploadId') ?? '')
          .parts.set(number, { body: call.payload, etag });
        return { headers: { etag } };
      },
    },
    {
      name: 'CompleteMultipartUpload',
      method: 'POST',
      on: 'object',
      marker: 'uploadId',
      action: 's3:PutObject',
      handle: ({ bucketName: Bucket, key: Key, query, payload }) => {
        const parts = elements(parseXml(payload).CompleteMultipartUpload, 'Part').map((part) => ({
          number: Number(text(part, 'PartNumber')),
          etag: text(part, 'ETag'),
        }));
        const object = store.completeUpload(store.bucket(Bucket), query.get('uploadId') ?? '', parts);
        return { xml: { CompleteMultipartUploadResult: { Bucket, Key, ETag: object.etag } } };
      },
    },
    {
      name: 'AbortMultipartUpload',
      method: 'DELETE',
      on: 'object',
      marker: 'uploadId',
      action: 's3:AbortMultipartUpload',
      handle: ({ bucketName, query }) => {
        const bucket = store.bucket(bucketName);
        const uploadId = query.get('uploadId') ?? '';
        store.upload(bucket, uploadId);
        bucket.uploads.delete(uploadId);
        return { status: 204 };
      },
    },
  ];
}

/** Whether a bucket's owner and policy let the caller do `action`, on the bucket or on one of its objects. */
export function questionFor(bucket: Bucket, action: string, key?: string): RouteQuestion {
  return {
    action,
    resource: `arn:aws:s3:::${bucket.name}${key === undefined ? '' : `/${key}`}`,
    resourceAccountId: bucket.accountId,
    ...(bucket.policy === undefined ? {} : { resourcePolicy: bucket.policy }),
  };
}

/** The response for an operation's output, as S3 writes it. */
export function writeOutput(
  output: S3Output,
  requestId: string,
  toXml: (xml: object) => string,
): AwsResponse {
  return {
    status: output.status ?? 200,
    headers: {
      'x-amz-request-id': requestId,
      ...(output.xml === undefined ? {} : { 'content-type': 'application/xml' }),
      ...output.headers,
    },
    body: output.bytes ?? (output.xml === undefined ? '' : toXml(output.xml)),
  };
}

function objectsUnder(bucket: Bucket, prefix: string): StoredObject[] {
  return [...bucket.objects.values()]
    .filter((object) => object.key.startsWith(prefix))
    .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

function objectElement(object: StoredObject) {
  return {
    Key: object.key,
    LastModified: object.lastModified.toISOString(),
    ETag: object.etag,
    Size: object.body.length,
    StorageClass: 'STANDARD',
  };
}

function listObjects(bucket: Bucket, query: URLSearchParams): S3Output {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const maxKeys = Math.min(Number(query.get('max-keys') ?? 1000) || 1000, 1000);
  const encode = query.get('encoding-type') === 'url' ? encodeURIComponent : (key: string) => key;

  const contents: StoredObject[] = [];
  const commonPrefixes = new Set<string>();
  let last = '';
  let truncated = false;
  for (const object of objectsUnder(bucket, prefix)) {
    const end = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length);
    const common = end < 0 ? undefined : object.key.slice(0, end + delimiter.length);
    if (object.key <= after || (common !== undefined && (common <= after || commonPrefixes.has(common)))) {
      continue;
    }
    if (contents.length + commonPrefixes.size >= maxKeys) {
      truncated = true;
      break;
    }
    if (common === undefined) contents.push(object);
    else commonPrefixes.add(common);
    last = common ?? object.key;
  }
  return {
    xml: {
      ListBucketResult: {
        Name: bucket.name,
        Prefix: encode(prefix),
        ...(delimiter === '' ? {} : { Delimiter: delimiter }),
        ...(query.get('encoding-type') === 'url' ? { EncodingType: 'url' } : {}),
        KeyCount: contents.length + commonPrefixes.size,
        MaxKeys: maxKeys,
        IsTruncated: truncated,
        ...(truncated ? { NextContinuationToken: last } : {}),
        Contents: contents.map((object) => ({ ...objectElement(object), Key: encode(object.key) })),
        CommonPrefixes: [...commonPrefixes].map((Prefix) => ({ Prefix: encode(Prefix) })),
      },
    },
  };
}

const contentHeaders = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];

function described({ request }: S3Call): Pick<StoredObject, 'contentType' | 'headers'> {
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) {
    if (name.startsWith('x-amz-meta-') || contentHeaders.includes(name)) headers[name] = value;
  }
  // `aws-chunked` describes the transfer, not the object.
  const encoding = headers['content-encoding']
    ?.replace(/(^|,\s*)aws-chunked(?=,|$)/, '')
    .replace(/^,\s*/, '');
  if (encoding === '') delete headers['content-encoding'];
  else if (encoding !== undefined) headers['content-encoding'] = encoding;
  return { contentType: header(request, 'content-type') ?? 'binary/octet-stream', headers };
}

function verifyContentMd5({ request, payload }: S3Call): void {
  const expected = header(request, 'content-md5');
  if (expected !== undefined && expected !== md5(payload).toString('base64')) {
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
}

function rangeOf(object: StoredObject, range: string | undefined): S3Output {
  const headers = {
    ...object.headers,
    'content-type': object.contentType,
    etag: object.etag,
    'last-modified': object.lastModified.toUTCString(),
    'accept-ranges': 'bytes',
  };
  const match = range === undefined ? null : /^bytes=(\d*)-(\d*)$/.exec(range);
  if (match === null || (match[1] === '' && match[2] === '')) return { headers, bytes: object.body };
  const size = object.body.length;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start > end) throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416);
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${start}-${end}/${size}` },
    bytes: object.body.subarray(start, end + 1),
  };
}

function copySource(value: string | undefined): { bucket: string; key: string } {
  const match = /^\/?([^/?]+)\/([^?]+)$/.exec(value ?? '');
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new AwsError(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
  try {
    return { bucket: match[1], key: decodeURIComponent(match[2]) };
  } catch {
    throw new AwsError('InvalidArgument', 'Copy Source must be URL-encoded');
  }
}

function parseXml(body: Buffer): Record<string, unknown> {
  try {
    return parser.parse(body.toString('utf8'), true);
  } catch {
    throw new AwsError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  }
}

function elements(parent: unknown, name: string): readonly unknown[] {
  const value = member(parent, name);
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function text(parent: unknown, name: string): string {
  const value = member(parent, name);
  return typeof value === 'string' ? value : '';
}

function member(parent: unknown, name: string): unknown {
  return typeof parent === 'object' && parent !== null && Object.hasOwn(parent, name)
    ? (parent as Record<string, unknown>)[name]
    : undefined;
}
