import { gzipSync } from 'node:zlib';
import type { ApiEvent, ApiResult } from '@cross-account-api/api-handler';
import { accountOf } from '@cross-account-api/iam';
import type { Ending, LambdaFunction } from './lambda.ts';
import type { Reply, Sent, Service } from './network.ts';
import type { Observer } from './observer.ts';
import type { Stage } from './stage.ts';
import { type Sts, skewOf } from './sts.ts';

/** The API's own address, and that of its custom domain with a base path. */
export const ADDRESSES = {
  own: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
  domain: 'https://api.example.com/exchange',
} as const;

/** The parts of the API. */
export interface ApiOptions {
  /** The true time. */
  readonly now: () => number;
  readonly stage: Stage;
  readonly sts: Sts;
  readonly functions: readonly {
    readonly routes: readonly string[];
    readonly timeoutMs: number;
    readonly called: LambdaFunction;
  }[];
  readonly compresses: boolean;
  readonly observer: Observer;
}

/** API Gateway. */
export class Api implements Service {
  readonly #options: ApiOptions;
  readonly #routes: readonly (Route & { readonly called: LambdaFunction; readonly timeoutMs: number })[];
  #requests = 0;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#routes = options.functions.flatMap(({ routes, called, timeoutMs }) =>
      routes.map((route) => ({ ...readRoute(route), called, timeoutMs })),
    );
  }

  forget(request: Sent): void {
    this.#options.sts.forget(request);
  }

  serve(request: Sent, respond: (reply: Reply) => void): void {
    const { method, url } = request;
    const { sts, observer } = this.#options;
    this.#requests += 1;
    const requestId = `request-${this.#requests}`;
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      respond(this.#error(requestId, ...refusal));
      return;
    }
    const { pathname, searchParams } = new URL(url);
    const path = url.startsWith(ADDRESSES.own) ? pathname.slice('/dev'.length) : pathname;
    const own = `${method} ${path.replace('/exchange', '')}`;
    const route = this.#routes.find(({ pattern }) => pattern.test(own));
    if (route === undefined) {
      respond(this.#error(requestId, 403, 'MissingAuthenticationToken', 'No route.'));
      return;
    }
    const { called, timeoutMs, resourcePath, pattern } = route;
    const userArn = sts.sessionOf(request)?.principal ?? null;
    const event: ApiEvent = {
      httpMethod: method,
      path,
      headers: { ...request.headers },
      pathParameters: pattern.exec(own)?.groups ?? null,
      multiValueQueryStringParameters: readQuery(searchParams),
      body: request.body === '' ? null : request.body,
      isBase64Encoded: false,
      requestContext: {
        requestId,
        resourcePath,
        identity: { userArn, accountId: userArn && accountOf(userArn) },
      },
    };
    request.watch?.received(requestId);
    const invocation = called.invoke(event, (ending) => {
      observer.apiEnded(invocation, ending);
      respond(this.#replyTo(requestId, ending, request));
    });
    const asked = `${own}?${searchParams} `;
    const table = this.#options.stage.apiRemembers ? this.#options.stage.table : undefined;
    observer.apiInvoked(invocation, requestId, userArn ?? '', asked, request, table, timeoutMs);
  }

  refuse(effect: Parameters<Service['refuse']>[0], { headers }: Sent): Reply {
    const id = 'request-refused';
    if (effect.type === 'fail')
      return this.#error(id, effect.status, 'InternalFailure', 'Internal server error');
    if (effect.type === 'throttle') {
      const retryAfter = ['0', '1', '7', '61', 'soon', '-5', '1e3', undefined][effect.variant % 8];
      return this.#error(id, 429, 'TooManyRequests', 'Too Many Requests', retryAfter);
    }
    const { authorization, 'x-amz-security-token': token = '' } = headers;
    return this.#error(id, 400, 'BadRequest', `You sent ${authorization} ${token} ${btoa(`a${token}`)}`);
  }

  #refusal(request: Sent): [status: number, type: string, message: string] | undefined {
    const { now, stage, sts } = this.#options;
    const session = sts.sessionOf(request);
    if (session === undefined) {
      return [403, 'UnrecognizedClient', 'The security token included in the request is invalid.'];
    }
    if (session.expiresAt <= now()) {
      return [403, 'ExpiredToken', 'The security token included in the request is expired'];
    }
    const skew = skewOf(request, now());
    if (skew !== undefined) return [403, 'InvalidSignature', skew];
    const mode = session.principal.includes('assumed-role/invoke.') ? 'assume-role' : 'resource-policy';
    if (stage.admitted.accessModes.has(mode)) return undefined;
    return [403, 'AccessDenied', 'User is not authorized'];
  }

  #replyTo(requestId: string, ending: Ending, { headers }: Sent): Reply {
    if (ending.type !== 'returned')
      return this.#error(requestId, 502, 'InternalServerError', 'Internal server error');
    const result = ending.value as ApiResult;
    const own = Object.entries(result.headers ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      String(value),
    ]);
    const compresses = this.#options.compresses && headers['accept-encoding'] === 'gzip';
    return {
      status: result.statusCode,
      headers: {
        ...Object.fromEntries(own),
        ...this.#headers(requestId),
        ...(compresses ? { 'content-encoding': 'gzip' } : {}),
      },
      body: compresses
        ? gzipSync(result.body, { level: 1, windowBits: 9, memLevel: 1 })
        : Buffer.from(result.body),
    };
  }

  #error(requestId: string, status: number, type: string, message: string, retryAfter?: string): Reply {
    return {
      status,
      headers: {
        ...this.#headers(requestId),
        'content-type': 'application/json',
        'x-amzn-errortype': `${type}Exception`,
        ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
      },
      body: Buffer.from(JSON.stringify({ message })),
    };
  }

  #headers(requestId: string) {
    return { 'x-amzn-requestid': requestId, date: new Date(this.#options.now()).toUTCString() };
  }
}

interface Route {
  readonly resourcePath: string;
  /** Matches a method and a path; has a group for each path parameter. */
  readonly pattern: RegExp;
}

/** @param route such as `GET /messages/{id}` */
function readRoute(route: string): Route {
  const pattern = new RegExp(`^${route.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
  return { resourcePath: route.replace(/^\w+ /, ''), pattern };
}

function readQuery(parameters: URLSearchParams): Record<string, string[]> | null {
  if (parameters.size === 0) return null;
  return Object.fromEntries(Array.from(parameters.keys(), (name) => [name, parameters.getAll(name)]));
}
