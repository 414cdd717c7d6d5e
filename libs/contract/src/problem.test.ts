import * as v from 'valibot';
import { problemSchema } from './index.ts';

test('a problem document defaults to about:blank and keeps its extension members', () => {
  expect(v.parse(problemSchema, { title: 'Conflict', status: 409, balance: 30 })).toEqual({
    type: 'about:blank',
    title: 'Conflict',
    status: 409,
    balance: 30,
  });
  expect(v.safeParse(problemSchema, { title: 'OK', status: 200 }).success).toBe(false);
});
