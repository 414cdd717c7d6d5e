import { otherShapes } from './breaks.testing.ts';
import { testPairs } from './test-pairs.testing.ts';

testPairs(otherShapes);
