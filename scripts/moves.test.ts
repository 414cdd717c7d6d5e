import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './lib/project.ts';
import { filesShownIn } from './lib/shown-files.ts';
import { clients } from './test-packages/moves.ts';

// `npm run test:packages -- --only "other clients"` runs the code of the page.
const page = readFileSync(join(projectRoot, 'libs/signed-fetch/MOVE.md'), 'utf8');

test('libs/signed-fetch/MOVE.md shows the code of each client, and has a column for it', () => {
  expect(filesShownIn(page)).toEqual(
    clients.map((client) => `scripts/test-packages/moves/${client}.mjs`).toSorted(),
  );
  expect(/^\| \|(.*)\|$/m.exec(page)?.[1]?.split('|')).toHaveLength(clients.length);
});
