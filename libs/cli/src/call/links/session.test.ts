import { judgeSessionLength } from './session-length.ts';
import { judgeSignature } from './signature.ts';

const facts = { roleName: 'role invoke', accountId: '222222222222' };

test.each([
  [899, undefined, '900'],
  [900, undefined, undefined],
  [3600, 3600, undefined],
  [3601, 43_200, '3600'],
  [7200, undefined, '3600'],
])('a session of %d s of a role with at most %s s is valid, or gets %s s', (seconds, maxSeconds, right) => {
  const link = judgeSessionLength({ ...facts, seconds, maxSeconds });
  expect(link.state).toBe(right === undefined ? 'holds' : 'breaks');
  expect(link.remedies.map((change) => change.change === 'request' && change.value)).toEqual(
    right === undefined ? [] : [right],
  );
});

test.each([
  ['eu-west-1', 'execute-api', 'holds'],
  ['eu-west-2', 'execute-api', 'breaks'],
  ['eu-west-1', 'sts', 'breaks'],
])('a signature for %s/%s %s at an API in eu-west-1', (region, service, state) => {
  expect(judgeSignature({ region, service }, 'eu-west-1', facts.accountId).state).toBe(state);
});
