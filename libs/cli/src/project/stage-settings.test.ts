import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localProfile } from '@cross-account-api/local-aws';
import { readStageSettings } from '@cross-account-api/serverless-plugin';
import { projectWith } from '../../../serverless-plugin/src/project.testing.ts';
import { accountsOfStage, ownLocalSettings } from './stage-settings.ts';

test.each([
  ['no file', undefined, {}],
  ['a file without the stage', 'dev: { region: eu-west-1 }', {}],
  ['an empty stage', 'local:', {}],
  ['settings', 'local: { accessMode: resource-policy }', { accessMode: 'resource-policy' }],
])('the settings of stage local in a project: %s', async (_what, text, expected) => {
  const root = await mkdtemp(join(tmpdir(), 'stage-settings-test-'));
  try {
    await mkdir(join(root, 'services'));
    if (text !== undefined) await writeFile(join(root, 'services/stages.yml'), text);
    expect(ownLocalSettings(root)).toEqual(expected);
  } finally {
    await rm(root, { recursive: true });
  }
});

describe('the accounts of stage local', () => {
  const apiOf = (accountId: string) => ({
    url: 'https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod',
    invokeRoleArn: `arn:aws:iam::${accountId}:role/orders-api-prod-invoke.shop`,
    externalId: 'orders-id',
  });
  const text = JSON.stringify({
    local: {
      callerAccountId: '555555555555',
      callers: { export: { accountId: '333333333333', roleName: 'export', externalId: 'export-id' } },
      apis: { orders: apiOf('444444444444'), more: apiOf('111111111111') },
    },
  });
  const settings = readStageSettings('local', projectWith(text));

  test('are all that its settings name, each once', () => {
    expect(accountsOfStage(settings)).toEqual([
      '111111111111',
      '555555555555',
      '333333333333',
      '444444444444',
    ]);
  });

  test('have the profiles that local AWS writes', () => {
    const { apiProfile, callerProfile, apis } = settings;
    expect([apiProfile, callerProfile, ...apis.map(({ profile }) => profile)]).toEqual(
      ['111111111111', '555555555555', '444444444444', '111111111111'].map(localProfile),
    );
  });
});
