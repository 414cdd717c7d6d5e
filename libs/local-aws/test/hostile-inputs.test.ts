import { testHostileInputs } from './hostile-input-cases.testing.ts';
import { hostileInputs } from './hostile-inputs.testing.ts';

testHostileInputs(hostileInputs.filter(({ isQuick }) => isQuick));
