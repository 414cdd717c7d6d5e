import { XMLBuilder } from 'fast-xml-parser';
import { defined } from '../core/defined.ts';
import { AwsError, notImplemented } from '../core/errors.ts';
import type { AwsRequest } from '../core/request.ts';
import type { Endpoint } from '../pipeline/endpoint.ts';
import { protocolEndpoint, type Service, unsignedParameters } from './endpoint.ts';
import { type denialMessage, queryRefusalCodes } from './refusal.ts';

interface QueryService extends Service {
  /** e.g. `2011-06-15` */
  readonly version: string;
  readonly namespace: string;
  readonly denialMessage?: typeof denialMessage;
}

/** A decoded parameter: strings, lists from `.member.N` (or `.N`), objects from dotted names. */
export type QueryValue = string | QueryValue[] | { [name: string]: QueryValue };

const MAX_PARAMETERS = 20_000;
const MAX_DEPTH = 16;

/** An endpoint for the query protocol: form parameters in, XML out (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html). */
export function queryEndpoint(service: QueryService): Endpoint {
  const operations = new Map(service.operations.map((operation) => [operation.name, operation]));
  const document = (request: AwsRequest, status: number, root: string, members: object) => ({
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': request.requestId },
    body: toXml({ [root]: { '@_xmlns': service.namespace, ...members } }),
  });
  return protocolEndpoint({
    signingName: service.signingName,
    operations: service.operations,
    route(request) {
      const inBody = new URLSearchParams(request.body.toString('utf8'));
      const parameters = new URLSearchParams([...unsignedParameters(request.rawQuery), ...inBody]);
      const { Action: action, Version: version, ...input } = parseQueryParameters(parameters);
      if (typeof action !== 'string') {
        throw new AwsError('MissingAction', 'The request must contain the parameter Action.');
      }
      if (version !== undefined && version !== service.version) {
        const message = `Could not find operation ${action} for version ${String(version)}: ${service.signingName} has version ${service.version}.`;
        throw new AwsError('InvalidAction', message);
      }
      const operation = operations.get(action);
      if (operation === undefined) throw notImplemented(service.signingName, action);
      const write = (output: object | undefined) =>
        document(request, 200, `${action}Response`, {
          ...(output === undefined ? {} : { [`${action}Result`]: toXmlValue(output) }),
          ResponseMetadata: { RequestId: request.requestId },
        });
      return { operation: action, ...operation.bind(() => input, write) };
    },
    refusalCodes: queryRefusalCodes,
    denialMessage: service.denialMessage,
    fail: (error, request) =>
      document(request, error.status, 'ErrorResponse', {
        Error: {
          Type: error.status < 500 ? 'Sender' : 'Receiver',
          Code: error.code,
          Message: error.message,
          ...error.details,
        },
        RequestId: request.requestId,
      }),
  });
}

/** Decodes form parameters: `Tags.member.1.Key=a` becomes `{ Tags: [{ Key: 'a' }] }`. @throws AwsError (`MalformedQueryString`) */
export function parseQueryParameters(parameters: URLSearchParams): { [name: string]: QueryValue } {
  if (parameters.size > MAX_PARAMETERS) throw malformed(`more than ${MAX_PARAMETERS} parameters`);
  const root = emptyNode();
  for (const [name, value] of parameters) {
    const path = name.split('.');
    const last = path.pop() ?? '';
    if (path.length > MAX_DEPTH) throw malformed(`the parameter ${name.slice(0, 100)} is nested too deep`);
    let node = root;
    for (const segment of path) {
      const child = node[segment] ?? emptyNode();
      node[segment] = child;
      if (typeof child !== 'object') throw malformed(`the parameter ${name.slice(0, 100)} is given twice`);
      node = child;
    }
    if (node[last] !== undefined) throw malformed(`the parameter ${name.slice(0, 100)} is given twice`);
    node[last] = value;
  }
  return settleMembers(root);
}

type Node = { [segment: string]: Node | string };

function emptyNode(): Node {
  return Object.create(null);
}

function malformed(detail: string): AwsError {
  return new AwsError('MalformedQueryString', `The query string is malformed: ${detail}.`);
}

/** Turns `{ member: { 1: …, 2: … } }` and `{ 1: …, 2: … }` into lists, in the order of their numbers. */
function settle(node: Node | string): QueryValue {
  if (typeof node === 'string') return node;
  const keys = Object.keys(node);
  const { member } = node;
  if (keys.length === 1 && typeof member === 'object') return settle(member);
  if (keys.length > 0 && keys.every((key) => /^[1-9]\d{0,5}$/.test(key))) {
    return keys.sort((a, b) => Number(a) - Number(b)).map((key) => settle(node[key] ?? ''));
  }
  // An empty list comes as `Name=`, so the schema of a list must accept the empty string.
  return settleMembers(node);
}

function settleMembers(node: Node): { [name: string]: QueryValue } {
  const settled: { [name: string]: QueryValue } = Object.create(null);
  for (const [key, child] of Object.entries(node)) settled[key] = settle(child);
  return settled;
}

const builder = new XMLBuilder({ ignoreAttributes: false });

/** Characters that XML does not allow, even escaped (https://www.w3.org/TR/xml/#charsets). */
const notXml = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/**
 * Writes an XML document. Members named `@_…` become attributes, and arrays repeated elements. A character that XML does not allow
 * becomes U+FFFD. A carriage return becomes a reference, as parsers would turn it into a line feed.
 */
export function toXml(document: object): string {
  const text = builder.build(document).toWellFormed().replace(notXml, '\ufffd').replaceAll('\r', '&#13;');
  return `<?xml version="1.0" encoding="UTF-8"?>\n${text}`;
}

/** Query protocol conventions: lists as `<member>`, dates as ISO 8601, `undefined` left out. */
function toXmlValue(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.length === 0 ? '' : { member: value.map(toXmlValue) };
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(defined(value));
    return Object.fromEntries(members.map(([name, member]) => [name, toXmlValue(member)]));
  }
  return value;
}
