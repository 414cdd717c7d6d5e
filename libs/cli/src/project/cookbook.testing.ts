import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Operation } from '@cross-account-api/contract';
import { describeApi } from '@cross-account-api/contract/openapi';
import { parseDocument } from 'yaml';
import { operations } from '../../test/pair/cookbook/services/api/src/operations.ts';
import type { ProjectCopy } from './copy-project.ts';
import { copyPairProject, pairProject } from './pair.testing.ts';

/** The sources of services/COOKBOOK.md: an API with each kind of operation, and a caller. */
export const cookbook = join(pairProject, 'cookbook');

/** The operations of the cookbook by their names. */
export const cookbookOperations: readonly (readonly [name: string, operation: Operation])[] =
  Object.entries(operations);

/** The OpenAPI document of the cookbook. */
export const cookbookDocument = () =>
  describeApi({ title: 'Cookbook', version: '1.0.0', operations, domains: ['amazonaws.com'] });

/** Copies the pair of the tests with the operations, the handlers and the caller of the cookbook. */
export async function copyCookbookProject(): Promise<ProjectCopy> {
  const copy = await copyPairProject();
  try {
    await cp(join(cookbook, 'services'), join(copy.root, 'services'), { recursive: true });
    await writeFile(
      join(copy.root, 'services/contract/openapi.json'),
      JSON.stringify(cookbookDocument(), null, 2),
    );
    const file = join(copy.root, 'services/api/serverless.yml');
    const service = parseDocument(await readFile(file, 'utf8'), { logLevel: 'silent' });
    service.set('functions', Object.fromEntries(cookbookOperations.map(functionOf)));
    await writeFile(file, service.toString({ lineWidth: 0 }));
  } catch (error) {
    await copy.remove();
    throw error;
  }
  return copy;
}

function functionOf([name, { method, path }]: readonly [string, Operation]): [name: string, object] {
  return [
    name,
    {
      handler: `src/handlers.${name}`,
      events: [{ http: { method, path, authorizer: 'aws_iam' } }],
      iamRoleStatementsName: `\${self:service}-\${sls:stage}-${name}\${self:custom.settings.roleSuffix}`,
      iamRoleStatements: [],
    },
  ];
}
