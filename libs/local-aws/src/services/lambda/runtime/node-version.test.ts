import { requireNode24 } from './node-version.ts';

test('functions run on Node 24 and on no other', () => {
  expect(() => requireNode24('v24.21.0', '/node')).not.toThrow();
  expect(() => requireNode24('v22.1.0', '/usr/bin/node')).toThrow(
    "/usr/bin/node is Node v22.1.0. Start local AWS with the project's own Node",
  );
});
