import { pairs } from './breaks.testing.ts';
import { startLocal } from './local.testing.ts';
import { testPairs } from './test-pairs.testing.ts';

// broken-pairs.slow.test.ts repeats the breaks that do not depend on the shape of the pair.
testPairs(pairs, startLocal);
