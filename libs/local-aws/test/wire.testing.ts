import { type Agent, request as httpRequest } from 'node:http';

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** The path with the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer to a {@link WireRequest}. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/**
 * Sends a request unchanged to local AWS's port. The header `Host` names the target.
 * @param agent keeps connections alive
 */
export function sendOverWire(port: number, request: WireRequest, agent: Agent): Promise<WireAnswer> {
  const { method, path, headers, body } = request;
  return new Promise((resolve, reject) => {
    const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const outgoing = httpRequest(
      { host: '127.0.0.1', port, method, path, headers: { ...headers, ...length }, agent },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** An error in any of AWS's protocols. */
export interface WireError {
  /** `x-amzn-ErrorType`, or the XML's `Code`. */
  readonly type: string | undefined;
  readonly message: string | undefined;
}

/** Reads the error of an answer. The members are `undefined` for a success. */
export function errorOf({ status, headers, body }: WireAnswer): WireError {
  if (status < 400) return { type: undefined, message: undefined };
  const type = headers['x-amzn-errortype'];
  if (body.startsWith('<')) {
    return { type: xmlText(body, 'Code'), message: xmlText(body, 'Message') };
  }
  const { message, Message, __type } = JSON.parse(body) as Record<string, string | undefined>;
  return { type: typeof type === 'string' ? type : __type, message: message ?? Message };
}

/** The text of the first element with this name. */
export function xmlText(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`)
    .exec(xml)?.[1]
    ?.replace(/&(quot|apos|lt|gt|amp);/g, (_, entity: string) => entities[entity] ?? '');
}

const entities: Readonly<Record<string, string>> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' };
