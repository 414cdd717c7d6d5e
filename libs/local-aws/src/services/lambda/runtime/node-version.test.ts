import { whyNotNode24 } from './node-version.ts';

test('functions run on Node 24 and on no other', () => {
  expect(whyNotNode24('v24.21.0', '/node')).toBeUndefined();
  expect(whyNotNode24('v22.1.0', '/usr/bin/node')).toMatch(
    /local AWS runs on Node v22\.1\.0 \(\/usr\/bin\/node\)\. Install Node 24, or .* npm start\.$/,
  );
});
