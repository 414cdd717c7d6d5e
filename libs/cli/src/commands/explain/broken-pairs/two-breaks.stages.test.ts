import { spawnSync } from 'node:child_process';
import { startLocal } from './local.testing.ts';
import { brokenTwice, testTwoBreaks } from './two-breaks.testing.ts';

const hasAwsCli = spawnSync('aws', ['--version']).status === 0;
if (!hasAwsCli)
  console.warn('The AWS CLI is missing: the commands for pairs that are broken twice were NOT run.');

(hasAwsCli ? describe : describe.skip)('on local AWS, with the commands of the AWS CLI,', () => {
  testTwoBreaks(brokenTwice, startLocal);
});
