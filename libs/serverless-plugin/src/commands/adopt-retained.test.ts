import { deploymentWith } from '../deployment.testing.ts';
import { frameworkFor, refusal, sdkAnswering } from '../framework.testing.ts';
import type { Template } from '../framework.ts';
import { adoptRetained } from './adopt-retained.ts';

// scripts/e2e/retained-data.stages.test.ts removes and deploys a stage with tables and logs.

/** Adopts, where CloudFormation refuses DescribeStacks. @returns the notices */
async function adopt(code: string, message: string, settings: object = { retainData: true }) {
  const { notices } = await adoptWith({}, settings, () => [400, refusal(code, message)]);
  return notices;
}

type Answer = readonly [status: number, body: string];

/** Adopts what a template has. @param answer of AWS to the text of a request, which names its operation */
async function adoptWith(resources: object, settings: object, answer: (request: string) => Answer) {
  const notices: string[] = [];
  const requests: string[] = [];
  const compiledCloudFormationTemplate = { Resources: resources as Template['Resources'] };
  const sdk = sdkAnswering(({ body = '', headers = {} }) => {
    // The body of a JSON protocol is bytes.
    const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
    const request = `${headers['x-amz-target'] ?? ''} ${decodeURIComponent(text.replaceAll('+', ' '))}`;
    requests.push(request);
    return answer(request);
  });
  const framework = frameworkFor({ sdk, service: { provider: { compiledCloudFormationTemplate } } });
  const log = { notice: (text: string) => void notices.push(text), warning: () => {} };
  await adoptRetained(framework, deploymentWith(settings), { log });
  return { notices, requests };
}

const result = (operation: string, content = ''): Answer => [
  200,
  `<${operation}Response><${operation}Result>${content}</${operation}Result></${operation}Response>`,
];

const stacks = (status: string) =>
  result(
    'DescribeStacks',
    `<Stacks><member><StackName>depot-dev</StackName><StackStatus>${status}</StackStatus></member></Stacks>`,
  );

/** An AWS without a stack. It has tables and log groups, and imports what it is asked for. @param stack before the import */
const accountWith = (of: {
  readonly tables?: Readonly<Record<string, string>>;
  readonly groups?: readonly object[];
  readonly stack?: string;
}) => {
  let isImported = false;
  return (request: string): Answer => {
    if (request.includes('Action=DescribeStacks')) {
      if (isImported) return stacks('IMPORT_COMPLETE');
      return of.stack === undefined
        ? [400, refusal('ValidationError', 'Stack with id depot-dev does not exist')]
        : stacks(of.stack);
    }
    if (request.includes('Action=GetCallerIdentity')) {
      return result(
        'GetCallerIdentity',
        '<Account>111111111111</Account><Arn>arn:aws:iam::111111111111:root</Arn>',
      );
    }
    if (request.includes('DescribeLogGroups')) return [200, JSON.stringify({ logGroups: of.groups ?? [] })];
    if (request.includes('ListTables')) {
      return [200, JSON.stringify({ TableNames: Object.keys(of.tables ?? {}) })];
    }
    if (request.includes('DescribeTable')) {
      const { TableName } = JSON.parse(request.slice(request.indexOf('{')));
      const KMSMasterKeyArn = of.tables?.[TableName];
      return [200, JSON.stringify({ Table: { SSEDescription: { KMSMasterKeyArn } } })];
    }
    if (request.includes('Action=DescribeChangeSet')) {
      return result('DescribeChangeSet', '<Status>CREATE_COMPLETE</Status>');
    }
    if (request.includes('Action=ExecuteChangeSet')) isImported = true;
    return result(/Action=(\w+)/.exec(request)?.[1] ?? '');
  };
};

const retainData = { retainData: true };
const orders = {
  Type: 'AWS::DynamoDB::Table',
  DeletionPolicy: 'RetainExceptOnCreate',
  Properties: { SSESpecification: { KMSMasterKeyId: { Ref: 'Alias' } } },
};
const encrypted = {
  Orders: orders,
  Alias: {
    Type: 'AWS::KMS::Alias',
    Properties: { AliasName: { 'Fn::Sub': `alias/\${AWS::StackName}` }, TargetKeyId: { Ref: 'Key' } },
  },
  Key: { Type: 'AWS::KMS::Key', Properties: {} },
};
const KEY_ARN = 'arn:aws:kms:eu-central-1:111111111111:key/1234-5678';

test('a first deployment whose template has no data adopts nothing', async () => {
  expect(await adopt('ValidationError', 'Stack with id depot-dev does not exist')).toEqual([]);
});

test('a topic, a bucket and a log group without properties are no data of an earlier stack', async () => {
  const written = {
    Topic: { Type: 'AWS::SNS::Topic' },
    Bucket: { Type: 'AWS::S3::Bucket' },
    Group: { Type: 'AWS::Logs::LogGroup' },
  };
  const { notices } = await adoptWith(written, retainData, accountWith({}));
  expect(notices).toEqual([]);
});

test.each([
  ['no stack', {}],
  ['a stack under review', { stack: 'REVIEW_IN_PROGRESS' }],
])(
  'the key and the alias with which a table is encrypted are taken over with it: the table says which key it is (%s)',
  async (_, stack) => {
    const aws = accountWith({ tables: { 'depot-dev-Orders-1': KEY_ARN }, ...stack });
    const { notices, requests } = await adoptWith(encrypted, retainData, aws);
    expect(notices).toEqual([expect.stringContaining('depot-dev-Orders-1, alias/depot-dev, 1234-5678')]);
    const created = requests.find((request) => request.includes('Action=CreateChangeSet')) ?? '';
    for (const part of [
      'ChangeSetType=IMPORT',
      'ResourceIdentifier.entry.1.key=KeyId',
      'ResourceIdentifier.entry.1.value=1234-5678',
      'ResourceIdentifier.entry.1.key=AliasName',
      'ResourceIdentifier.entry.1.value=alias/depot-dev',
      '"KMSMasterKeyId":{"Ref":"Alias"}',
    ]) {
      expect(created).toContain(part);
    }
  },
);

test('a key on which the data does not agree is left out, and the update encrypts with the new one', async () => {
  const both = { ...encrypted, Parcels: orders };
  const tables = { 'depot-dev-Orders-1': KEY_ARN, 'depot-dev-Parcels-1': `${KEY_ARN}-other` };
  const { notices, requests } = await adoptWith(both, retainData, accountWith({ tables }));
  expect(notices).toEqual([expect.stringContaining('depot-dev-Orders-1, depot-dev-Parcels-1.')]);
  const created = requests.find((request) => request.includes('Action=CreateChangeSet'));
  expect(created).not.toContain('KMSMasterKeyId');
});

test('a log group whose name has the account and the stack is found, and one that CloudFormation named, too', async () => {
  const groups = [{ logGroupName: '/audit/111111111111/depot-dev' }, { logGroupName: 'depot-dev-Unnamed-1' }];
  const written = {
    Audit: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { LogGroupName: { 'Fn::Sub': `/audit/\${AWS::AccountId}/\${AWS::StackName}` } },
    },
    Unnamed: { Type: 'AWS::Logs::LogGroup' },
  };
  const { notices } = await adoptWith(written, retainData, accountWith({ groups }));
  expect(notices).toEqual([expect.stringContaining('/audit/111111111111/depot-dev, depot-dev-Unnamed-1.')]);
});

test('an import that fails says so, how to bring back a key that waits for its deletion, and that a new stage would be empty', async () => {
  const aws = accountWith({ tables: { 'depot-dev-Orders-1': KEY_ARN } });
  const failing = (request: string): Answer =>
    request.includes('Action=CreateChangeSet')
      ? [400, refusal('ValidationError', 'Resource 1234-5678 does not exist.')]
      : aws(request);
  const adoption = adoptWith(encrypted, retainData, failing);
  for (const part of [
    'Resource 1234-5678 does not exist.',
    'then the stage gets new, empty tables',
    'aws kms cancel-key-deletion --key-id 1234-5678',
    'aws kms enable-key --key-id 1234-5678',
    'aws kms create-alias --alias-name alias/depot-dev --target-key-id 1234-5678',
  ]) {
    await expect(adoption).rejects.toThrow(part);
  }
});

test('an import that CloudFormation begins and rolls back stops the deployment, too', async () => {
  const aws = accountWith({ tables: { 'depot-dev-Orders-1': KEY_ARN } });
  let isExecuted = false;
  const failing = (request: string): Answer => {
    isExecuted ||= request.includes('Action=ExecuteChangeSet');
    return isExecuted && request.includes('Action=DescribeStacks')
      ? stacks('IMPORT_ROLLBACK_COMPLETE')
      : aws(request);
  };
  await expect(adoptWith(encrypted, retainData, failing)).rejects.toThrow(
    'CloudFormation did not take over what the earlier stack depot-dev has left',
  );
});

test('after an import that was rolled back, a deployment does not make new tables in the empty stack', async () => {
  const aws = accountWith({ tables: { 'depot-dev-Orders-1': KEY_ARN }, stack: 'IMPORT_ROLLBACK_COMPLETE' });
  await expect(adoptWith(encrypted, retainData, aws)).rejects.toThrow(
    'aws cloudformation delete-stack --stack-name depot-dev --region eu-central-1',
  );
});

test('a deployment that cannot ask whether the stack exists stops: its tables could be empty ones', async () => {
  await expect(adopt('Throttling', 'Rate exceeded')).rejects.toThrow('Rate exceeded');
  expect(await adopt('Throttling', 'Rate exceeded', {})).toEqual([]);
});

test('a table that somebody named like the stack and the table is not one that CloudFormation named', async () => {
  const Orders = { Type: 'AWS::DynamoDB::Table', DeletionPolicy: 'RetainExceptOnCreate', Properties: {} };
  const adopted = async (...names: string[]) => {
    const tables = Object.fromEntries(names.map((name) => [name, '']));
    const { notices, requests } = await adoptWith({ Orders }, retainData, accountWith({ tables }));
    const imported = requests.filter((request) => request.includes('ResourcesToImport')).join();
    return { notices: notices.length, imported: /depot-dev-Orders-[\w-]+/.exec(imported)?.[0] };
  };
  expect(await adopted('depot-dev-Orders-copy-of-June')).toEqual({ notices: 0, imported: undefined });
  expect(await adopted('depot-dev-Orders-copy-of-June', 'depot-dev-Orders-1A2B3C')).toMatchObject({
    imported: 'depot-dev-Orders-1A2B3C',
  });
});
