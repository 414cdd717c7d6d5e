import { DEFAULT_LIMITS } from '@cross-account-api/signed-fetch';
import { type Edits, readFreshModule } from '../../simulate/fresh-module.ts';
import type { Handler } from '../../simulate/lambda.ts';
import { PADDING } from '../../simulate/libraries.ts';
import type { Load, Pair } from '../../simulate/pair.ts';
import type { PlannedCall } from '../../simulate/plan.ts';

const read = async (file: string): Promise<Load> => {
  const load = (version?: Edits) =>
    readFreshModule<{ readonly handler: Handler }>(`services/${file}`, version);
  const [remembering, forgetting] = await Promise.all([load(), load(WITHOUT_MARK)]);
  return (_world, remembersKeys) => (remembersKeys ? remembering : forgetting)().handler;
};

/** The services with a contract that has lost its mark. */
const WITHOUT_MARK: Edits = {
  edits: {
    'services/contract/src/messages.ts': ['idempotencyKey: true,', ''],
    'services/api/src/messages.ts': ['idempotency: idempotencyTable({ client: dynamoDb }), ', ''],
  },
  sources: { '@cross-account-api/operations': 'services/contract/src/operations.ts' },
};

const [messages, message, whoami, caller] = await Promise.all([
  read('api/src/messages.ts'),
  read('api/src/message.ts'),
  read('api/src/whoami.ts'),
  read('caller/src/caller.ts'),
]);

/** The sample's functions, with the time-outs of both serverless.yml, and services/caller. */
export const pair: Pair = {
  api: {
    messages: { routes: ['POST /messages'], timeoutMs: 5_000, load: messages },
    message: { routes: ['GET /messages/{id}'], timeoutMs: 8_000, load: message },
    whoami: { routes: ['GET /whoami'], timeoutMs: 8_000, load: whoami },
  },
  caller: {
    timeoutMs: 20_000,
    limits: DEFAULT_LIMITS,
    load: caller,
    eventOf: ({ target, message: number, key, to, isLarge }: PlannedCall, stored = NO_MESSAGE) => {
      if (target === 'whoami') return { operation: 'getWhoami' };
      if (target === 'read') {
        const query = to === undefined ? {} : { query: { fields: 'body' } };
        return { operation: 'getMessage', input: { id: stored, ...query } };
      }
      const body = { message: number, ...(isLarge ? { padding: PADDING } : {}) };
      const idempotencyKey = key === undefined ? {} : { idempotencyKey: key };
      return { operation: 'postMessage', input: { body }, ...idempotencyKey };
    },
  },
};

/** The ID of a message that nobody has stored. */
const NO_MESSAGE = '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f';
