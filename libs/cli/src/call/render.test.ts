import {
  callerRoleArn,
  circumstances,
  plain,
  policy,
  role,
  sound,
  trustsLambda,
  withRole,
} from '../../../iam/src/explanation/deployed/deployment.testing.ts';
import { chainReaderOf, pairOf } from './pair.testing.ts';
import { renderChainReport } from './render.ts';
import { walkChain } from './walk.ts';

const options = { palette: plain, width: 100 };

test('a chain has one line for a link that holds, and the reasons for a broken one', async () => {
  const boundary = policy('arn:aws:iam::222222222222:policy/limit', {
    Effect: 'Allow',
    Action: 's3:Get*',
    Resource: '*',
  });
  const deployment = withRole(sound, { ...role(callerRoleArn, [trustsLambda]), boundary });
  const chain = await walkChain(pairOf(deployment), chainReaderOf(deployment), circumstances);
  const text = renderChainReport(chain, 'Stage dev', { ...options, fileOfRole: () => 'FILE' }).join('\n');
  expect(text).toMatch(/^Stage dev: the chain is broken at 1 of 9 links$/m);
  expect(text.match(/^✔/gm)).toHaveLength(8);
  expect(text.match(/^✘ caller assumes role invoke$/gm)).toHaveLength(1);
  expect(text).toContain('The smallest changes that allow it, all of them:');
  expect(text).toContain('(the role is defined in FILE)');
  expect(text).toMatch(
    /somebody has changed the role, which no deployment repairs, run: aws iam put-role-policy /,
  );
});
