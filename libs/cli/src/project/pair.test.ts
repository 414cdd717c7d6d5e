import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeApi } from '@cross-account-api/contract/openapi';
import { partitions } from '@cross-account-api/iam';
import { operations } from '../../test/pair/services/api/src/operations.ts';
import { pairProject } from './pair.testing.ts';

test('the document of the tests’ pair describes its operations', async () => {
  const document = JSON.parse(await readFile(join(pairProject, 'services/contract/openapi.json'), 'utf8'));
  const { title, version } = document.info;
  const domains = partitions.map(({ dnsSuffix }) => dnsSuffix);
  expect(JSON.parse(JSON.stringify(describeApi({ title, version, operations, domains })))).toEqual(document);
});
