import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from './document.ts';

const read = (file: string) => JSON.parse(readFileSync(join(__dirname, '..', file), 'utf8'));

test('openapi.json matches the schemas (npm run openapi writes it)', () => {
  const { version } = read('package.json');
  expect(read('openapi.json')).toEqual(JSON.parse(JSON.stringify(openApiDocument(version))));
});
