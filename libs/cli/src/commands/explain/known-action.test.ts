import { isKnownAction } from './known-action.ts';

test.each([
  ['execute-api:Invoke', true],
  ['STS:assumerole', true],
  ['execute-api:Invok', false],
  ['nothing:AtAll', false],
  ['sts:constructor', false],
  ['../sts:AssumeRole', false],
  ['Invoke', false],
  ['a:b:c', false],
])('whether AWS has the action %s is answered with %j', async (action, expected) => {
  expect(await isKnownAction(action)).toBe(expected);
});
