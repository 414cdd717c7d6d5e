import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { operation } from './operation.ts';

/** `GetCallerIdentity`: "No permissions are required to perform this operation." */
export const getCallerIdentity: Operation = operation('GetCallerIdentity', {
  input: v.object({}),
  requires: () => [],
  handle: (_input, { principal }) => ({
    UserId: principal.userId,
    Account: principal.accountId,
    Arn: principal.arn,
  }),
});
