import { A } from '../running.testing.ts';
import { executionCases } from './execution.testing.ts';
import { functionRoleCases, lambdaInvokeCases } from './functions.testing.ts';
import { conditionCases } from './identity-policies.testing.ts';
import { limitCases } from './limits.testing.ts';
import { sessionLifeCases } from './live-sessions.testing.ts';
import { resourcePolicyCases } from './resource-policies.testing.ts';
import { useMatrix } from './running-matrix.testing.ts';
import { stsCases } from './sts-refusals.testing.ts';

// matrix.test.ts has the situations of signatures, identity policies and trust policies.

const matrix = useMatrix();
const theBed = () => matrix().bed;
const assumers = () => matrix().assumers;

describe('conditions', () => conditionCases(theBed));
describe('resource policies', () => resourcePolicyCases(theBed));
describe('boundaries, session policies, service control policies', () => limitCases(theBed));
describe('requests to STS', () => stsCases(theBed, assumers));
describe('live sessions', () => sessionLifeCases(theBed, assumers));
describe('routes, models, limits, integrations', () =>
  executionCases(theBed, () => ({
    keys: matrix().running.administrator(A),
    arn: `arn:aws:iam::${A}:user/administrator`,
  })));
describe('lambda:InvokeFunction', () => lambdaInvokeCases(theBed));
describe('roles of functions', () => functionRoleCases(theBed));
