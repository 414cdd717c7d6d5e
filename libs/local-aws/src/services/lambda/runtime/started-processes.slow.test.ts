import { testWays } from './started-processes.testing.ts';

jest.setTimeout(60_000);

testWays([
  'with its own environment',
  'as an orphan',
  'by execSync',
  'by spawnSync',
  'by spawnSync of an ES module',
]);
