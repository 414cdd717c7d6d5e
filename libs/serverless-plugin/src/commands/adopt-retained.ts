import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { parseArn } from '@cross-account-api/iam';
import type { DeploymentFacts } from '../deployment.ts';
import type { Framework, Template, Utilities } from '../framework.ts';
import { Mistake } from '../mistake.ts';
import { isGeneratedName } from '../template/generated-names.ts';
import { DATA_TYPES, keysOf } from '../template/keep-data.ts';
import { knownText, type PseudoParameters } from '../template/known-text.ts';
import { withProperties } from '../template/read-template.ts';
import { importTemplate, type Retained } from './import-template.ts';

/**
 * Before the first deployment of a stage with the setting `retainData`: makes its stack of the tables and log groups that an earlier one has
 * left, and of their keys, by an import. Without this, the log groups' names would be taken, and the tables new and empty.
 * @throws Mistake if several tables may be meant, or if CloudFormation does not import them
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html
 */
export async function adoptRetained(
  framework: Framework,
  { settings }: Pick<DeploymentFacts, 'settings'>,
  { log }: Pick<Utilities, 'log'>,
): Promise<void> {
  if (!settings.retainData) return;
  const provider = framework.getProvider('aws');
  const StackName = provider.naming.getStackName();
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const config = await provider.getAwsSdkV3Config();
  const client = new CloudFormationClient(config);
  try {
    const status = await client.send(new DescribeStacksCommand({ StackName })).then(
      ({ Stacks: [stack] = [] }) => stack?.StackStatus,
      (error) => {
        // With any other error, such as throttling, the new stack would get empty tables.
        if (!(error instanceof Error && error.message.includes('does not exist'))) throw error;
        return undefined;
      },
    );
    if (status === 'IMPORT_ROLLBACK_COMPLETE') {
      throw new Mistake(
        `The stack ${StackName} is empty: it did not take over what the earlier one has left, and would get new tables. Delete it, and deploy again:\n  aws cloudformation delete-stack --stack-name ${StackName} --region ${provider.getRegion()}\nNothing has been changed.`,
      );
    }
    // A stack under review has no resource yet.
    if (status !== undefined && status !== 'REVIEW_IN_PROGRESS') return;
    const { Resources: resources } = withProperties(
      framework.service.provider.compiledCloudFormationTemplate,
    );
    if (!Object.values(resources).some(({ Type }) => DATA_TYPES.includes(Type))) return;
    const naming = { stackName: StackName, resources, pseudo: await pseudoParameters(framework, config) };
    const data = [...(await retainedLogGroups(config, naming)), ...(await retainedTables(config, naming))];
    if (data.length === 0) return;
    const retained = [...data, ...retainedKeys(data, naming)];
    const template = importTemplate(retained);
    const names = retained.flatMap(({ identifier }) => Object.values(identifier));
    log.notice(`The new stack ${StackName} takes over what the earlier one has left: ${names.join(', ')}.`);
    await importInto(client, StackName, retained, template, settings.tags);
  } finally {
    client.destroy();
  }
}

/** A table or log group that an earlier stack has left, and the key with which it is encrypted. */
interface RetainedData extends Retained {
  /** The ARN of its KMS key; `undefined` if the service's own key encrypts it. */
  readonly keyArn: string | undefined;
}

/** What names of resources are made of. */
interface Naming {
  readonly stackName: string;
  readonly resources: Template['Resources'];
  readonly pseudo: PseudoParameters;
}

/** Picks, of the names of all resources of a type, the one of a resource of the template. @throws Mistake if several may be it */
function nameOf(
  id: string,
  given: unknown,
  all: readonly string[],
  { stackName, resources, pseudo }: Naming,
): string | undefined {
  const wanted = knownText(given, pseudo, resources);
  const [name, ...others] = all.filter((each) =>
    given === undefined ? isGeneratedName(each, stackName, id) : each === wanted,
  );
  if (others.length === 0) return name;
  throw new Mistake(
    `Earlier stacks have left several ${resources[id]?.Type === 'AWS::DynamoDB::Table' ? 'tables' : 'log groups'} that may be ${id}: ${[name, ...others].join(', ')}. Keep the one that the stage needs: back up and delete the others. Nothing has been changed.`,
  );
}

async function retainedLogGroups(config: object, naming: Naming): Promise<readonly RetainedData[]> {
  const { CloudWatchLogsClient, paginateDescribeLogGroups } = await import('@aws-sdk/client-cloudwatch-logs');
  const client = new CloudWatchLogsClient(config);
  try {
    const found: RetainedData[] = [];
    for (const [id, resource] of Object.entries(naming.resources)) {
      if (resource.Type !== 'AWS::Logs::LogGroup') continue;
      const { LogGroupName: given } = resource.Properties;
      const logGroupNamePrefix =
        given === undefined
          ? `${naming.stackName}-${id}-`
          : knownText(given, naming.pseudo, naming.resources);
      if (logGroupNamePrefix === undefined) continue;
      const keys = new Map<string, string | undefined>();
      for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, { logGroupNamePrefix })) {
        for (const { logGroupName = '', kmsKeyId } of logGroups) keys.set(logGroupName, kmsKeyId);
      }
      const name = nameOf(id, given, [...keys.keys()], naming);
      if (name === undefined) continue;
      found.push({ id, resource, identifier: { LogGroupName: name }, keyArn: keys.get(name) });
    }
    return found;
  } finally {
    client.destroy();
  }
}

async function retainedTables(config: object, naming: Naming): Promise<readonly RetainedData[]> {
  const { resources } = naming;
  const tables = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::DynamoDB::Table');
  if (tables.length === 0) return [];
  const { DescribeTableCommand, DynamoDBClient, paginateListTables } = await import(
    '@aws-sdk/client-dynamodb'
  );
  const client = new DynamoDBClient(config);
  try {
    const all: string[] = [];
    for await (const { TableNames = [] } of paginateListTables({ client }, {})) all.push(...TableNames);
    const found: RetainedData[] = [];
    for (const [id, resource] of tables) {
      const TableName = nameOf(id, resource.Properties.TableName, all, naming);
      if (TableName === undefined) continue;
      const hasKey = keysOf(resource, resources).length > 0;
      const described = hasKey ? await client.send(new DescribeTableCommand({ TableName })) : undefined;
      const keyArn = described?.Table?.SSEDescription?.KMSMasterKeyArn;
      found.push({ id, resource, identifier: { TableName }, keyArn });
    }
    return found;
  } finally {
    client.destroy();
  }
}

/**
 * The keys of the template with which retained data is encrypted. The data says which key it is: a key's ID is in no template. A key on which
 * the data does not agree is left out.
 */
function retainedKeys(data: readonly RetainedData[], { pseudo, resources }: Naming): readonly Retained[] {
  const arns = new Map<string, Set<string | undefined>>();
  for (const { resource, keyArn } of data) {
    for (const id of keysOf(resource, resources)) arns.set(id, (arns.get(id) ?? new Set()).add(keyArn));
  }
  return [...arns].flatMap(([id, [arn, ...others]]): Retained[] => {
    const resource = resources[id];
    if (resource === undefined || arn === undefined || others.length > 0) return [];
    if (resource.Type !== 'AWS::KMS::Alias') {
      return [{ id, resource, identifier: { KeyId: arn.split('/').at(-1) ?? arn } }];
    }
    const AliasName = knownText(resource.Properties.AliasName, pseudo, resources);
    return AliasName === undefined ? [] : [{ id, resource, identifier: { AliasName } }];
  });
}

/** The values of the pseudo parameters of which names are made. STS knows the account and the partition. */
async function pseudoParameters(framework: Framework, config: object): Promise<PseudoParameters> {
  const provider = framework.getProvider('aws');
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const sts = new STSClient(config);
  try {
    const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    return {
      'AWS::AccountId': Account,
      'AWS::Partition': parseArn(Arn).partition,
      'AWS::Region': provider.getRegion(),
      'AWS::StackName': provider.naming.getStackName(),
    };
  } finally {
    sts.destroy();
  }
}

async function importInto(
  client: CloudFormationClient,
  StackName: string,
  retained: readonly Retained[],
  template: object,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const {
    CreateChangeSetCommand,
    DeleteChangeSetCommand,
    ExecuteChangeSetCommand,
    waitUntilChangeSetCreateComplete,
    waitUntilStackImportComplete,
  } = await import('@aws-sdk/client-cloudformation');
  // As the framework names its change sets: deployment roles know this name.
  const ChangeSetName = `${StackName}-change-set`;
  const wait = { client, maxWaitTime: 900, minDelay: 1, maxDelay: 5 };
  try {
    // That of a deployment that stopped here.
    await client.send(new DeleteChangeSetCommand({ StackName, ChangeSetName })).catch((error) => {
      if (!(error instanceof Error && error.message.includes('does not exist'))) throw error;
    });
    await client.send(
      new CreateChangeSetCommand({
        StackName,
        ChangeSetName,
        ChangeSetType: 'IMPORT',
        ResourcesToImport: retained.map(({ id, resource, identifier }) => ({
          ResourceType: resource.Type,
          LogicalResourceId: id,
          ResourceIdentifier: { ...identifier },
        })),
        TemplateBody: JSON.stringify(template),
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    await waitUntilChangeSetCreateComplete(wait, { StackName, ChangeSetName });
    await client.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName }));
    await waitUntilStackImportComplete(wait, { StackName });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Mistake(
      `CloudFormation did not take over what the earlier stack ${StackName} has left: ${reason} The tables and log groups are unchanged. Solve that, delete the stack ${StackName} if it is there, and deploy again; or remove retainData, and delete the log groups whose names are taken: then the stage gets new, empty tables.${keyRemedies(retained)}`,
    );
  }
}

/** How to bring back keys that were removed with an earlier stack, within the waiting period of their deletion. */
function keyRemedies(retained: readonly Retained[]): string {
  const { KeyId, AliasName } = Object.assign({}, ...retained.map(({ identifier }) => identifier)) as {
    readonly KeyId?: string;
    readonly AliasName?: string;
  };
  if (KeyId === undefined) return '';
  return [
    '',
    `If the key ${KeyId} waits for its deletion, bring it back:`,
    `  aws kms cancel-key-deletion --key-id ${KeyId}`,
    `  aws kms enable-key --key-id ${KeyId}`,
    ...(AliasName === undefined
      ? []
      : [`  aws kms create-alias --alias-name ${AliasName} --target-key-id ${KeyId}`]),
  ].join('\n');
}
