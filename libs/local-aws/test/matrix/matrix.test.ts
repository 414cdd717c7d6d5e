import { identityPolicyCases } from './identity-policies.testing.ts';
import { useMatrix } from './running-matrix.testing.ts';
import { signatureCases } from './signatures.testing.ts';
import { trustCases } from './trust-policies.testing.ts';

// matrix.stages.test.ts has the other situations.

const matrix = useMatrix();
const theBed = () => matrix().bed;

describe('signatures', () => signatureCases(theBed, () => matrix().keys));
describe('identity policies', () => identityPolicyCases(theBed));
describe('trust policies', () => trustCases(theBed, () => matrix().assumers));
