import type { Reply } from './network.ts';

/**
 * What stands in for `@aws-sdk/client-dynamodb` in most histories: the part that api-handler and Powertools use, with the retries of the
 * SDK. The SDK itself takes half of a history's time. With `--sdk`, it is used.
 */

/** Carries a request to the simulated table. */
type Carry = (operation: string, input: object) => Promise<Reply>;

let carry: Carry = () => Promise.reject(new Error('The simulated table is not there.'));

/** Sets what carries the requests of all clients. */
export function setCarrier(carrier: Carry): void {
  carry = carrier;
}

type Handler = (args: { readonly input: object }) => Promise<{ readonly output: unknown }>;
type Middleware = (next: Handler, context: { readonly commandName: string }) => Handler;

class Command {
  readonly input: object;

  constructor(input: object) {
    this.input = input;
  }
}

export class GetItemCommand extends Command {}
export class PutItemCommand extends Command {}
export class UpdateItemCommand extends Command {}
export class DeleteItemCommand extends Command {}

/** An error of DynamoDB. */
class ServiceError extends Error {
  readonly $metadata: object;

  constructor(name: string, message: string, $metadata: object) {
    super(message);
    this.name = name;
    this.$metadata = $metadata;
  }
}

export class ConditionalCheckFailedException extends ServiceError {
  readonly Item: unknown;

  constructor(message: string, $metadata: object, item: unknown) {
    super('ConditionalCheckFailedException', message, $metadata);
    this.Item = item;
  }
}

/** As in the SDK, but for options. */
export class DynamoDBClient {
  readonly config = {};
  readonly #middlewares: Middleware[] = [];
  readonly middlewareStack = {
    add: (middleware: Middleware) => void this.#middlewares.push(middleware),
    // Powertools' User-Agent, which nothing here reads.
    addRelativeTo: () => {},
    identify: () => [],
  };

  async send(command: Command): Promise<unknown> {
    const commandName = command.constructor.name;
    const handler = this.#middlewares.reduceRight<Handler>(
      (next, middleware) => middleware(next, { commandName }),
      async ({ input }) => ({ output: await sendWithRetries(commandName.replace('Command', ''), input) }),
    );
    return (await handler({ input: command.input })).output;
  }
}

const MAX_ATTEMPTS = 3;

/** Sends as the SDK's standard retry mode does. */
async function sendWithRetries(operation: string, input: object): Promise<unknown> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      const { status, body, end } = await carry(operation, input);
      if (end === 'held') await new Promise(() => {});
      const $metadata = { httpStatusCode: status, attempts };
      if (end === 'broken') throw new ServiceError('Error', 'aborted', $metadata);
      const parsed = JSON.parse(body.toString());
      if (status < 300) return { ...parsed, $metadata };
      const name = String(parsed.__type).replace(/^.*#/, '');
      if (name === 'ConditionalCheckFailedException') {
        throw new ConditionalCheckFailedException('The conditional request failed', $metadata, parsed.Item);
      }
      throw new ServiceError(name, String(parsed.message), $metadata);
    } catch (error) {
      if (!isRetryable(error) || attempts === MAX_ATTEMPTS) throw error;
      const base = isThrottling(error) ? 500 : 100;
      const delayMs = Math.floor(Math.random() * base * 2 ** attempts);
      await new Promise((resolve) => {
        setTimeout(resolve, delayMs);
      });
    }
  }
}

const isThrottling = (error: unknown) => /Throughput|Throttl/.test(String(Object(error).name));

function isRetryable(error: unknown): boolean {
  const { code, name, $metadata }: Readonly<Record<string, unknown>> = Object(error);
  const status = Number(Object($metadata).httpStatusCode);
  return code !== undefined || name === 'Error' || status >= 500 || isThrottling(error);
}
