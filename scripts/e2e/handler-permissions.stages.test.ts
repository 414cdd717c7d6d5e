import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { actionsOfLife, handlerActions, inertSchemas } from '@cross-account-api/iam/aws';
import type { Resource } from '@cross-account-api/serverless-plugin';
import {
  type DeploymentPlace,
  deploymentStatements,
} from '../../libs/cli/src/commands/check/deployment-statements.ts';
import { serviceNames } from '../../libs/cli/src/commands/check/facts.ts';
import { copyProject, type ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { everything, KEY_ID, stages } from './every-setting.testing.ts';
import { packagePair } from './packaged-pair.testing.ts';

let project: ProjectCopy;
const resources: Record<string, Resource[]> = {};
beforeAll(async () => {
  project = await copyProject();
  await writeFile(join(project.root, 'services/stages.yml'), JSON.stringify(stages));
  for (const stage of Object.keys(stages)) {
    const folder = await packagePair(project, stage);
    for (const service of serviceNames) {
      const file = join(folder, 'services', service, 'cloudformation-template-update-stack.json');
      const { Resources } = JSON.parse(await readFile(file, 'utf8'));
      resources[service] = [...(resources[service] ?? []), ...Object.values<Resource>(Resources)];
    }
  }
});
afterAll(() => project?.remove());

const place: DeploymentPlace = {
  partition: 'aws',
  region: 'eu-central-1',
  accountId: '111111111111',
  service: 'any',
  stage: 'everything',
  bucketPrefix: 'any',
  rolePath: '/company/',
  boundaryArn: 'arn:aws:iam::111111111111:policy/company/boundary',
  customDomain: everything.customDomain,
  isInVpc: true,
  tableKeyId: KEY_ID,
};

test.each(serviceNames)(
  'the deployment role of %s allows what CloudFormation’s handlers need for each resource, under any combination of settings',
  async (service) => {
    const statements = await deploymentStatements(`services/${service}`, place, resources[service]);
    expect(statements.filter(({ isAbsentFromRole }) => isAbsentFromRole === true)).toEqual([]);
    const allowed = new Set(statements.flatMap(({ actions }) => actions));
    const missing = (resources[service] ?? []).flatMap((resource) =>
      actionsOfLife(resource.Type, resource.Properties)
        .filter(({ action }) => !allowed.has(action))
        .map(({ action }) => `${resource.Type}: ${action}`),
    );
    expect([...new Set(missing)]).toEqual([]);
  },
);

test('the table has each resource type of both services, and further ones only if local AWS accepts them without effect', () => {
  const types = new Set(Object.values(resources).flatMap((each) => each.map(({ Type }) => Type)));
  const listed = Object.keys(handlerActions.types);
  expect(listed).toEqual(expect.arrayContaining([...types]));
  expect(listed.filter((type) => !types.has(type) && inertSchemas[type] === undefined)).toEqual([]);
});
