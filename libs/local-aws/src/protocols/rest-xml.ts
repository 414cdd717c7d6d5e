import { hash } from 'node:crypto';
import type { ConditionKeys } from '@cross-account-api/iam';
import { XMLParser } from 'fast-xml-parser';
import * as v from 'valibot';
import { algorithmOf } from '../authentication/checksums.ts';
import { readSignature } from '../authentication/read-signature.ts';
import { endpointName } from '../core/aws-domains.ts';
import { AwsError } from '../core/errors.ts';
import { type AwsRequest, type AwsResponse, header } from '../core/request.ts';
import { words } from '../core/words.ts';
import type { Endpoint, Refusal } from '../pipeline/endpoint.ts';
import type { Service } from './endpoint.ts';
import type { ServiceOperation } from './operation.ts';
import { toXml } from './query.ts';
import {
  type denialMessage,
  hintOnKey,
  queryRefusalCodes,
  type RefusalCodes,
  refusalError,
} from './refusal.ts';
import { createRestRouter } from './rest-router.ts';
import { entriesOf } from './unknown-members.ts';

interface RestXmlService extends Service {
  readonly namespace: string;
  /** The service's condition keys that follow from the request alone. */
  requestContext(request: AwsRequest): ConditionKeys;
  readonly denialMessage: typeof denialMessage;
}

/** The output of an operation: an XML document (root element and content), or another body. */
export interface RestXmlOutput {
  /** Default: the status that the operation declares. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly document?: object;
  readonly body?: Buffer;
}

/**
 * An endpoint for S3's REST-XML (https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html). The input has the path's labels, the
 * query's parameters, the body's root element and, in lower case, the declared headers and all `x-amz-` headers except
 * {@link isProtocolHeader}. A presigned URL has headers in its query.
 */
export function restXmlEndpoint(service: RestXmlService): Endpoint {
  const findRoute = createRestRouter({
    ...service,
    invalidPath: () => new AwsError('InvalidURI', "Couldn't parse the specified URI."),
  });
  return {
    signingName: service.signingName,
    operations: service.operations,
    signatureRules: () => ({
      signingName: service.signingName,
      maxSkewSeconds: 900,
      path: 'as-sent',
      unsignedPayload: true,
    }),
    route(request) {
      const { operation, http, labels, markers } = findRoute(request, pathStyle(request));
      const bound = operation.bind(
        () => ({
          ...(http.rawBody ? {} : parseXmlBody(request)),
          ...readParameters(request, operation, markers),
          ...labels,
        }),
        (output) => writeOutput(output ?? {}, http.status, service.namespace, request),
      );
      const context = service.requestContext(request);
      return {
        operation: operation.name,
        ...bound,
        questions: async (caller) =>
          (await bound.questions(caller)).map((one) => ({ ...one, context: { ...context, ...one.context } })),
      };
    },
    refuse: (refusal, request) => writeError(toError(refusal, request, service), request),
    fail: writeError,
  };
}

const virtualHost = /^(.+)\.s3(?:[.-][a-z0-9-]+(?:\.[a-z0-9-]+)?)?$/;

/** A request's path with the bucket in it, also if the host names the bucket (virtual-hosted style). */
export function pathStyle({ host, rawPath }: Pick<AwsRequest, 'host' | 'rawPath'>): string {
  const bucket = virtualHost.exec(endpointName(host) ?? '')?.[1];
  return bucket === undefined ? rawPath : `/${bucket}${rawPath}`;
}

/** The names of headers and parameters that belong to the signature and the transfer of a body. */
const protocolHeaders = new Set(
  words(`algorithm credential date expires security-token signature signedheaders
    content-sha256 decoded-content-length trailer sdk-checksum-algorithm user-agent`).map(
    (name) => `x-amz-${name}`,
  ),
);

/** Whether a header belongs to signature or transfer, or is metadata or a checksum. Operations read the latter two themselves. */
export function isProtocolHeader(name: string): boolean {
  return protocolHeaders.has(name) || name.startsWith('x-amz-meta-') || algorithmOf(name) !== undefined;
}

function readParameters(request: AwsRequest, operation: ServiceOperation, markers: readonly string[]) {
  const declared = entriesOf(operation.input);
  const input: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(request.rawQuery)) {
    const isHeader = /^x-amz-/i.test(name);
    const member = isHeader ? name.toLowerCase() : name;
    // The SDK writes the operation's name into URLs, as `x-id`.
    if (name === 'x-id' || markers.includes(`${name}=${value}`)) continue;
    if (isHeader && !declared?.has(member) && isProtocolHeader(member)) continue;
    input[member] = value;
  }
  for (const [name] of request.headers) {
    const isFeature = name.startsWith('x-amz-') && !isProtocolHeader(name);
    if (isFeature || declared?.has(name)) input[name] = header(request, name) ?? '';
  }
  return input;
}

// Keys of objects may begin and end with blanks.
const parser = new XMLParser({
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
});

function parseXmlBody(request: AwsRequest): object {
  if (request.body.length === 0) return {};
  if (header(request, 'x-amz-content-sha256')?.startsWith('STREAMING-')) {
    const message = 'local AWS does not implement XML documents that are sent in chunks.';
    throw new AwsError('NotImplemented', message, 501);
  }
  const source = request.body.toString('utf8');
  // Clients of S3 define no entities.
  if (source.includes('<!DOCTYPE')) throw malformedXml();
  try {
    return withoutMixedText(parser.parse(source, true)) as object;
  } catch {
    throw malformedXml();
  }
}

/** Removes the blanks between the children of elements. */
function withoutMixedText(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutMixedText);
  if (typeof node !== 'object' || node === null) return node;
  const children = Object.entries(node).filter(([name]) => name !== '#text');
  return Object.fromEntries(children.map(([name, child]) => [name, withoutMixedText(child)]));
}

/** S3's error for a document that its schema does not allow. */
export function malformedXml(): AwsError {
  const message = 'The XML you provided was not well-formed or did not validate against our published schema';
  return new AwsError('MalformedXML', message);
}

/** An element that may repeat. XML does not tell a list of one from a single element. */
export const elements = <const Item extends v.GenericSchema>(item: Item) =>
  v.union([
    v.array(item),
    v.pipe(
      item,
      v.transform((one) => [one]),
    ),
  ]);

function writeOutput(
  output: RestXmlOutput,
  status: number,
  namespace: string,
  request: AwsRequest,
): AwsResponse {
  const { document, body } = output;
  return {
    status: output.status ?? status,
    headers: {
      ...identity(request),
      ...(document === undefined ? {} : { 'content-type': 'application/xml' }),
      ...output.headers,
    },
    body: body ?? (document === undefined ? '' : toXml(inNamespace(document, namespace))),
  };
}

function inNamespace(document: object, namespace: string): object {
  return Object.fromEntries(
    Object.entries(document).map(([root, content]: [string, unknown]) => [
      root,
      { '@_xmlns': namespace, ...(typeof content === 'object' ? content : { '#text': content }) },
    ]),
  );
}

function writeError(error: AwsError, request: AwsRequest): AwsResponse {
  const identification = identity(request);
  const { Region: region, ActualObjectSize: size } = error.details;
  return {
    status: error.status,
    headers: {
      ...identification,
      'content-type': 'application/xml',
      ...(error.status === 301 ? { 'x-amz-bucket-region': String(region) } : {}),
      ...(error.status === 416 ? { 'content-range': `bytes */${String(size)}` } : {}),
    },
    body:
      request.method === 'HEAD'
        ? ''
        : toXml({
            Error: {
              Code: error.code,
              Message: error.message,
              ...error.details,
              RequestId: request.requestId,
              HostId: identification['x-amz-id-2'],
            },
          }),
  };
}

/** The headers that identify a response. S3's second request ID is opaque and has 76 characters. */
function identity({ requestId }: AwsRequest) {
  const hostId = hash('sha512', requestId, 'buffer').subarray(0, 56).toString('base64');
  return { 'x-amz-request-id': requestId, 'x-amz-id-2': hostId, server: 'AmazonS3' };
}

const refusalCodes: RefusalCodes = {
  ...queryRefusalCodes,
  missing: 'AccessDenied',
  incomplete: 'AuthorizationHeaderMalformed',
  invalidToken: 'InvalidAccessKeyId',
};

function toError(refusal: Refusal, request: AwsRequest, service: RestXmlService): AwsError {
  if (refusal.step === 'authorization') return refusalError(refusal, refusalCodes, service.denialMessage);
  const { failure } = refusal;
  if (isSignedByVersion2(request)) {
    const message =
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.';
    return new AwsError('InvalidRequest', message);
  }
  if (failure.kind === 'missing') return new AwsError('AccessDenied', 'Access Denied', 403);
  if (failure.kind === 'unknown-key') {
    return new AwsError(
      'InvalidAccessKeyId',
      `The AWS Access Key Id you provided does not exist in our records.${hintOnKey(failure.accessKeyId)}`,
      403,
      { AWSAccessKeyId: failure.accessKeyId },
    );
  }
  if (failure.kind === 'signature-mismatch') {
    // As LocalStack's tests recorded it on AWS: `test_presigned_url_signature_authentication`, https://github.com/localstack/localstack
    return new AwsError(
      refusalCodes.invalidSignature,
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      403,
      {
        AWSAccessKeyId: failure.accessKeyId,
        StringToSign: failure.stringToSign,
        SignatureProvided: readSignature(request).signature,
        StringToSignBytes: bytesOf(failure.stringToSign),
        CanonicalRequest: failure.canonicalRequest,
        CanonicalRequestBytes: bytesOf(failure.canonicalRequest),
      },
    );
  }
  if (!('s3' in failure) || failure.s3 === undefined) return refusalError(refusal, refusalCodes);
  const { code, message = failure.message, status, details } = failure.s3;
  return new AwsError(code, message, status, details);
}

/** @example bytesOf('AB') // '41 42' */
function bytesOf(text: string): string {
  return Buffer.from(text)
    .toString('hex')
    .replace(/..(?!$)/g, '$& ');
}

function isSignedByVersion2(request: AwsRequest): boolean {
  return (
    new URLSearchParams(request.rawQuery).has('AWSAccessKeyId') ||
    /^AWS /.test(header(request, 'authorization') ?? '')
  );
}
