import { callLimits } from '../../../services/caller/src/call-limits.ts';
import { readFreshModule } from '../../simulate/fresh-module.ts';
import type { Handler } from '../../simulate/lambda.ts';
import { PADDING } from '../../simulate/libraries.ts';
import type { Pair } from '../../simulate/pair.ts';
import type { Call } from '../../simulate/plan.ts';

const [messages, message, whoami, caller] = await Promise.all(
  ['api/src/messages.ts', 'api/src/message.ts', 'api/src/whoami.ts', 'caller/src/caller.ts'].map((file) =>
    readFreshModule<{ readonly handler: Handler }>(`services/${file}`),
  ),
);

/** The sample's functions, with the time-outs of both serverless.yml, and services/caller. */
export const pair: Pair = {
  api: {
    messages: { routes: ['POST /messages'], timeoutMs: 5_000, load: () => loadHandler(messages) },
    message: { routes: ['GET /messages/{id}'], timeoutMs: 8_000, load: () => loadHandler(message) },
    whoami: { routes: ['GET /whoami'], timeoutMs: 8_000, load: () => loadHandler(whoami) },
  },
  caller: {
    timeoutMs: 20_000,
    limits: callLimits,
    load: () => loadHandler(caller),
    eventOf: ({ target, message: number, key, to, isLarge }: Call, stored = NO_MESSAGE) => {
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

function loadHandler(load: (() => { readonly handler: Handler }) | undefined): Handler {
  if (load === undefined) throw new Error('A function of the sample is missing.');
  return load().handler;
}
