import type { Readable } from 'node:stream';

/**
 * Replaces `@aws-sdk/client-sts` and `@aws-sdk/client-dynamodb` in most histories: the part that assume-role, api-handler and
 * Powertools use, with the retries and the clock of the SDK. The SDK itself takes half of a history's time. With `--sdk`, it is used.
 */

/** A request as the SDK passes it to its handler. Nothing here verifies signatures, so its signature is not valid. */
interface Request {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Response {
  readonly statusCode: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | Readable;
}

/** The limits of a request, as the SDK names them, in milliseconds. */
export interface RequestLimits {
  readonly requestTimeout?: number;
  readonly throwOnRequestTimeout?: boolean;
  readonly socketTimeout?: number;
}

/** Sends requests. The runner of histories replaces its method, as it does with the SDK's. */
export class RequestHandler {
  /** The SDK's handler has its limits under this name. */
  readonly configProvider: Promise<RequestLimits>;

  constructor(limits: RequestLimits = {}) {
    this.configProvider = Promise.resolve(limits);
  }

  handle(_request: Request, _options: { abortSignal?: AbortSignal }): Promise<{ response: Response }> {
    return Promise.reject(new Error('The simulated network is not there.'));
  }
}

class Command {
  readonly input: object;

  constructor(input: object) {
    this.input = input;
  }
}

export class AssumeRoleCommand extends Command {}
export class GetItemCommand extends Command {}
export class PutItemCommand extends Command {}
export class UpdateItemCommand extends Command {}
export class DeleteItemCommand extends Command {}

type Metadata = { readonly httpStatusCode: number };

/** An error that a service answers. */
class ServiceError extends Error {
  readonly $metadata: Metadata;

  constructor(name: string, message: string, $metadata: Metadata) {
    super(message);
    this.name = name;
    this.$metadata = $metadata;
  }
}

export class ConditionalCheckFailedException extends ServiceError {
  readonly Item: unknown;

  constructor(message: string, $metadata: Metadata, item: unknown) {
    super('ConditionalCheckFailedException', message, $metadata);
    this.Item = item;
  }
}

/** The settings that are used. The SDK's clients have more. */
interface ClientSettings {
  readonly requestHandler?: RequestLimits;
}

class Client {
  constructor({ requestHandler }: ClientSettings = {}) {
    this.config = { ...this.config, requestHandler: new RequestHandler(requestHandler) };
  }

  readonly config = {
    requestHandler: new RequestHandler(),
    credentials: () => Promise.resolve(this.#credentials),
    /** The milliseconds by which the service's clock is ahead. */
    systemClockOffset: 0,
  };
  // From the variables of the environment that starts.
  readonly #credentials = {
    accessKeyId: process.env.AWS_ACCESS_KEY_ID,
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
    sessionToken: process.env.AWS_SESSION_TOKEN,
  };

  /** Sends a request once, and reads the response. */
  protected async sendOnce(
    service: 'sts' | 'dynamodb',
    body: string,
    further: Readonly<Record<string, string>>,
    options: { abortSignal?: AbortSignal } = {},
  ): Promise<{ status: number; headers: Response['headers']; text: string }> {
    const { accessKeyId, sessionToken = '' } = this.#credentials;
    const date = new Date(Date.now() + this.config.systemClockOffset).toISOString();
    const headers = {
      'x-amz-date': `${date.slice(0, 4)}${date.slice(5, 7)}${date.slice(8, 13)}${date.slice(14, 16)}${date.slice(17, 19)}Z`,
      'x-amz-security-token': sessionToken,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/x, Signature=${'f'.repeat(64)}`,
      ...further,
    };
    const address = {
      protocol: 'https:',
      hostname: `${service}.eu-west-1.amazonaws.com`,
      path: '/',
    } as const;
    const request = { method: 'POST', ...address, headers, body };
    const { response } = await this.config.requestHandler.handle(request, options);
    const text = Buffer.isBuffer(response.body)
      ? response.body.toString()
      : Buffer.concat(await response.body.toArray()).toString();
    return { status: response.statusCode, headers: response.headers, text };
  }
}

/** Without retries, as assume-role makes it. */
export class STSClient extends Client {
  async send({ input }: AssumeRoleCommand, options: { abortSignal?: AbortSignal }): Promise<object> {
    const body = new URLSearchParams({ Action: 'AssumeRole', ...input }).toString();
    const { status, headers, text } = await this.sendOnce('sts', body, {}, options);
    const offset = Date.parse(headers.date ?? '') - Date.now();
    // Any response sets it.
    if (!Number.isNaN(offset)) this.config.systemClockOffset = offset;
    const read = (name: string) => new RegExp(`<${name}>([^<]*)`).exec(text)?.[1] ?? '';
    const $metadata = { httpStatusCode: status, requestId: read('RequestId') };
    if (status >= 300) throw new ServiceError(read('Code'), read('Message'), $metadata);
    const Credentials = {
      AccessKeyId: read('AccessKeyId'),
      SecretAccessKey: read('SecretAccessKey'),
      SessionToken: read('SessionToken'),
      Expiration: new Date(read('Expiration')),
    };
    return { Credentials, $metadata };
  }
}

type Handler = (args: { readonly input: object }) => Promise<{ readonly output: unknown }>;
type Middleware = (next: Handler, context: { readonly commandName: string }) => Handler;

/** The SDK's number of attempts for DynamoDB, and the longest delays before the second one, in milliseconds. */
const MAX_ATTEMPTS = 4;
const DELAY_MS = { throttling: 1_000, other: 25 };

/** With the SDK's standard retries. */
export class DynamoDBClient extends Client {
  readonly #middlewares: Middleware[] = [];
  readonly middlewareStack = {
    add: (middleware: Middleware) => void this.#middlewares.push(middleware),
    // Powertools' User-Agent, which nothing here reads.
    addRelativeTo: () => {},
    identify: () => [],
  };

  async send(command: Command, options: { abortSignal?: AbortSignal } = {}): Promise<unknown> {
    const commandName = command.constructor.name;
    const target = { 'x-amz-target': `DynamoDB_20120810.${commandName.replace('Command', '')}` };
    const handler = this.#middlewares.reduceRight<Handler>(
      (next, middleware) => middleware(next, { commandName }),
      async ({ input }) => ({ output: await this.#sendWithRetries(JSON.stringify(input), target, options) }),
    );
    return (await handler({ input: command.input })).output;
  }

  async #sendWithRetries(
    body: string,
    target: Readonly<Record<string, string>>,
    options: { abortSignal?: AbortSignal },
  ): Promise<unknown> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        const { status, text } = await this.sendOnce('dynamodb', body, target, options);
        const parsed = JSON.parse(text);
        const $metadata = { httpStatusCode: status, attempts };
        if (status < 300) return { ...parsed, $metadata };
        const name = String(parsed.__type).replace(/^.*#/, '');
        if (name === 'ConditionalCheckFailedException') {
          throw new ConditionalCheckFailedException('The conditional request failed', $metadata, parsed.Item);
        }
        throw new ServiceError(name, String(parsed.message), $metadata);
      } catch (error) {
        if (!isRetryable(error) || attempts === MAX_ATTEMPTS) throw error;
        const longest = isThrottling(error) ? DELAY_MS.throttling : DELAY_MS.other;
        const delayMs = Math.floor(Math.random() * longest * 2 ** (attempts - 1));
        await pause(delayMs, options.abortSignal);
      }
    }
  }
}

/** Waits, until the signal ends it with an error. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, ms);
    signal?.addEventListener('abort', () =>
      reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' })),
    );
  });
}

const isThrottling = (error: unknown) => error instanceof Error && /Throughput|Throttl/.test(error.name);

function isRetryable(error: unknown): boolean {
  const isServerError = error instanceof ServiceError && error.$metadata.httpStatusCode >= 500;
  const isAborted = error instanceof Error && error.name === 'AbortError';
  const isNetworkError =
    error instanceof Error && !isAborted && ('code' in error || error.name === 'TimeoutError');
  return isServerError || isNetworkError || isThrottling(error);
}
