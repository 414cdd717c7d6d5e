import { deploymentWith } from '../deployment.testing.ts';
import { frameworkFor, refusal, sdkAnswering } from '../framework.testing.ts';
import type { Resource } from '../framework.ts';
import { announceRemoval } from './announce-removal.ts';

const table = (DeletionPolicy?: string, KMSMasterKeyId?: object): Resource => ({
  Type: 'AWS::DynamoDB::Table',
  ...(DeletionPolicy && { DeletionPolicy }),
  Properties: KMSMasterKeyId === undefined ? {} : { SSESpecification: { KMSMasterKeyId } },
});
const key: Resource = { Type: 'AWS::KMS::Key', Properties: {} };

/** What is said before a stack with these resources is removed. Each has the name of the stack and its own. */
async function announced(resources: Readonly<Record<string, Resource>> | Error, settings: object = {}) {
  const result = (operation: string, content: string) =>
    `<${operation}Response><${operation}Result>${content}</${operation}Result></${operation}Response>`;
  const names = Object.keys(resources).map(
    (id) =>
      `<member><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>depot-dev-${id}</PhysicalResourceId></member>`,
  );
  const sdk = sdkAnswering(({ body = '' }) => {
    if (resources instanceof Error) return [400, refusal('ValidationError', resources.message)];
    if (body.includes('Action=GetTemplate')) {
      const template = JSON.stringify({ Resources: resources });
      return [200, result('GetTemplate', `<TemplateBody>${template}</TemplateBody>`)];
    }
    const summaries = `<StackResourceSummaries>${names.join('')}</StackResourceSummaries>`;
    return [200, result('ListStackResources', summaries)];
  });
  const warnings: string[] = [];
  const log = { notice: () => {}, warning: (text: string) => void warnings.push(text) };
  await announceRemoval(frameworkFor({ command: 'remove', sdk }), deploymentWith(settings), { log });
  return warnings.join('\n');
}

const DELETES = 'deletes, with all that is in them';
const HINT =
  'To keep them, stop now, set retainData: true of dev in services/stages.yml, and deploy before you remove.';

test.each<[string, Record<string, Resource>, object, said: string[], unsaid: string[]]>([
  ['all', { Orders: table() }, {}, [`${DELETES}: table depot-dev-Orders`, HINT], ['keeps']],
  [
    'some',
    { Orders: table(), Parcels: table('Retain') },
    {},
    [`${DELETES}: table depot-dev-Orders\n`, 'keeps: table depot-dev-Parcels', HINT],
    [],
  ],
  ['none', { Orders: table('Retain') }, {}, ['keeps: table depot-dev-Orders'], [DELETES, HINT]],
  [
    'some, although the data of the stage is retained',
    { Orders: table(), Parcels: table('RetainExceptOnCreate') },
    { retainData: true },
    [`${DELETES}: table depot-dev-Orders`, 'keeps: table depot-dev-Parcels'],
    [HINT],
  ],
  [
    'the key of a kept table',
    { Orders: table('Retain', { Ref: 'Key' }), Key: key },
    {},
    [
      'deletes, although kept data needs it: KMS key depot-dev-Key',
      'Nobody could read table depot-dev-Orders without the key.',
    ],
    [HINT],
  ],
])(
  'before a removal that deletes %s of the data, each table is named, and how to keep what is not kept',
  async (_what, resources, settings, said, unsaid) => {
    const warning = await announced(resources, settings);
    for (const part of said) expect(warning).toContain(part);
    for (const part of unsaid) expect(warning).not.toContain(part);
  },
);

test('a removal of a stack without data, or of a stack that does not exist, is not announced', async () => {
  expect(await announced({ Topic: { Type: 'AWS::SNS::Topic', Properties: {} } })).toBe('');
  expect(await announced(new Error('Stack with id depot-dev does not exist'))).toBe('');
});

test('who may not read the template is told that tables and logs go with the stack', async () => {
  expect(await announced(new Error('not authorized'))).toBe(
    'depot-dev is removed with its tables and logs: not authorized',
  );
});
