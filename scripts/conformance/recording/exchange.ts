import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { isRecordedHost, type RedactedValue, type Redaction, redactBody, redactText } from './redact.ts';
import { RECORDED_SERVICES } from './vocabulary.ts';

/** One request and its answer, redacted. */
export interface Exchange {
  /** The step of the run that made it. */
  readonly step: string;
  /** The service's name in signatures, e.g. `apigateway`. */
  readonly service: string;
  /** `AssumeRole`, or a method and a path whose own parts are `*`. */
  readonly operation: string;
  readonly request: { readonly path: string; readonly query?: RedactedValue; readonly body?: RedactedValue };
  readonly answer: { readonly status: number; readonly errorType?: string; readonly body?: RedactedValue };
  /** How many times in a row the step had it. */
  readonly times: number;
}

/** A request and its answer as they were sent. */
export interface RawExchange {
  readonly method: string;
  readonly host: string;
  /** Path and query. */
  readonly path: string;
  readonly requestHeaders: OutgoingHttpHeaders;
  readonly requestBody: Buffer;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Redacts an exchange. Of the headers, it keeps the type of an error only: no signature, token or request ID.
 * @returns `undefined` if it is none of a service that is recorded
 */
export function redactExchange(raw: RawExchange, step: string, redaction: Redaction): Exchange | undefined {
  const service = serviceOf(raw);
  if (service === undefined) return undefined;
  const [path = '/', search = ''] = raw.path.split('?');
  const decoded = decodePath(path);
  const query = new URLSearchParams(search);
  const requestBody = redactBody(
    raw.requestBody,
    String(raw.requestHeaders['content-type'] ?? ''),
    redaction,
  );
  const answerBody = redactBody(raw.body, raw.headers['content-type'] ?? '', redaction);
  // A query of an API can have anything; AWS's own have the parameters of signatures, which are hidden as any other text is.
  const names = [...query].map(([name, value]) => [
    redactText(name, redaction),
    redactText(value, redaction),
  ]);
  const redactedPath = redactText(decoded, redaction);
  const errorType = raw.headers['x-amzn-errortype'];
  const action = new URLSearchParams(raw.requestBody.length < 1e6 ? raw.requestBody.toString() : '').get(
    'Action',
  );
  return {
    step,
    service,
    operation:
      path === '/' && action !== null
        ? redactText(action, redaction)
        : `${redactText(raw.method, redaction)} ${redactedPath.replaceAll(/[^/]*‹[^/]*/g, '*')}`,
    request: {
      path: redactedPath,
      ...(names.length > 0 && { query: Object.fromEntries(names) }),
      ...(requestBody !== undefined && { body: requestBody }),
    },
    answer: {
      status: raw.status,
      ...(typeof errorType === 'string' && {
        errorType: redactText(errorType.replace(/[:#].*$/, ''), redaction),
      }),
      ...(answerBody !== undefined && { body: answerBody }),
    },
    times: 1,
  };
}

/** The service of a request: as its signature names it, or by its host. */
function serviceOf({ host, requestHeaders, path }: RawExchange): string | undefined {
  const [, api] = /(?:^|\.)(execute-api)\./.exec(host) ?? [];
  const [, signed] =
    /Credential=[^/,\s]+\/\d{8}\/[^/]+\/([a-z0-9-]+)\/aws4_request/.exec(
      decodePath(String(requestHeaders.authorization ?? path)),
    ) ?? [];
  const service = api ?? signed;
  if (service === undefined || !isRecordedHost(host)) return undefined;
  return Object.hasOwn(RECORDED_SERVICES, service) ? service : undefined;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
