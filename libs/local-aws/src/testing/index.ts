export type { Actor } from './actor.ts';
export { decisionOn } from './decision-on.ts';
export { matchers } from './matchers.ts';
export { accounts, startTestAws, type TestAws, type TestAwsOptions } from './test-aws.ts';
