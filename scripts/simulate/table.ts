import {
  carryOut,
  type Input,
  type Item,
  type Operation,
} from '../../libs/api-handler/src/idempotency/fake-table.testing.ts';
import type { Reply, Sent, Service } from './network.ts';
import { skewOf } from './sts.ts';

/** DynamoDB with the table of idempotency keys. */
export class Table implements Service {
  readonly #now: () => number;
  #items = new Map<string, Item>();
  #name = '';

  /** @param now the true time */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Replaces the table by a new, empty one; `undefined` removes it. */
  replace(name: string | undefined): void {
    this.#items = new Map();
    this.#name = name ?? '';
  }

  serve(request: Sent, respond: (reply: Reply) => void): void {
    respond(this.#carryOut(request));
  }

  #carryOut(request: Sent): Reply {
    const input: Input & { TableName: string } = JSON.parse(request.body);
    if (input.TableName !== this.#name) return this.#reply(400, { __type: 'ResourceNotFoundException' });
    const message = skewOf(request, this.#now());
    if (message !== undefined) return this.#reply(400, { __type: 'InvalidSignatureException', message });
    const [status, answer] = carryOut(operationOf(request), input, this.#items);
    if (status === 200 && input.ExpressionAttributeValues?.[':status']?.S === 'COMPLETED')
      request.onStored?.();
    return this.#reply(status, answer);
  }

  refuse(effect: Parameters<Service['refuse']>[0]): Reply {
    if (effect.type === 'throttle')
      return this.#reply(400, { __type: 'ProvisionedThroughputExceededException' });
    if (effect.type === 'fail') return this.#reply(effect.status, { __type: 'InternalServerError' });
    return this.#reply(400, { __type: 'ValidationException', message: 'No.' });
  }

  #reply(status: number, answer: object): Reply {
    return {
      status,
      headers: { 'content-type': 'application/x-amz-json-1.0', date: new Date(this.#now()).toUTCString() },
      body: Buffer.from(JSON.stringify(answer)),
    };
  }
}

/** The operation of a request to DynamoDB. */
export function operationOf({ headers }: Pick<Sent, 'headers'>): Operation {
  return String(headers['x-amz-target']).split('.')[1] as Operation;
}
