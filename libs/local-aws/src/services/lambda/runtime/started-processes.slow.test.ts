import { testWays } from './started-processes.testing.ts';

testWays([
  'with its own environment',
  'as an orphan',
  'by execSync',
  'by spawnSync',
  'by spawnSync of an ES module',
]);
