import { otherShapes } from './breaks.testing.ts';
import { startLocal } from './local.testing.ts';
import { testPairs } from './test-pairs.testing.ts';

testPairs(otherShapes, startLocal);
