import * as v from 'valibot';
import { callerSchema } from './caller.ts';
import { operation } from './operation.ts';
import { operations } from './operations.ts';

/** Operations of each kind: with a body, with parameters, and without input. */
export const sample = {
  postMessage: operations.postMessage,
  getMessage: operations.getMessage,
  getWhoami: operation({
    method: 'GET',
    path: '/whoami',
    summary: 'Says who called.',
    response: v.object({ caller: callerSchema, requestId: v.pipe(v.string(), v.nonEmpty()) }),
    status: 200,
  }),
};
