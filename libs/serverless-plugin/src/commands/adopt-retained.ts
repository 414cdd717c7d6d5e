import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { Deployment } from '../deployment.ts';
import type { Framework, Resource, Template, Utilities } from '../framework.ts';
import { Mistake } from '../mistake.ts';
import { withProperties } from '../template/read-template.ts';

/** A resource that an earlier stack of the stage has left. */
interface Retained {
  readonly id: string;
  readonly resource: Resource;
  /** What CloudFormation identifies it by. */
  readonly identifier: Readonly<Record<string, string>>;
}

/**
 * Before the first deployment of a stage with the setting `retainData`: makes its stack of the tables and log groups that an earlier one has
 * left, by an import. Without this, the log groups' names would be taken, and the tables new and empty.
 * @throws Mistake if several tables may be meant, or if CloudFormation does not import them
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html
 */
export async function adoptRetained(
  framework: Framework,
  { settings }: Pick<Deployment, 'settings'>,
  { log }: Pick<Utilities, 'log'>,
): Promise<void> {
  if (!settings.retainData) return;
  const provider = framework.getProvider('aws');
  const StackName = provider.naming.getStackName();
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const config = await provider.getAwsSdkV3Config();
  const client = new CloudFormationClient(config);
  try {
    const exists = await client.send(new DescribeStacksCommand({ StackName })).then(
      () => true,
      (error) => {
        // With any other error, such as throttling, the new stack would get empty tables.
        if (!(error instanceof Error && error.message.includes('does not exist'))) throw error;
        return false;
      },
    );
    if (exists) return;
    const template = withProperties(framework.service.provider.compiledCloudFormationTemplate);
    const retained = [
      ...(await retainedLogGroups(config, template)),
      ...(await retainedTables(config, template, StackName)),
    ];
    if (retained.length === 0) return;
    const names = retained.flatMap(({ identifier }) => Object.values(identifier));
    log.notice(`The new stack ${StackName} takes over what the earlier one has left: ${names.join(', ')}.`);
    await importInto(client, StackName, retained, settings.tags);
  } finally {
    client.destroy();
  }
}

async function retainedLogGroups(config: object, { Resources }: Template): Promise<readonly Retained[]> {
  const { CloudWatchLogsClient, paginateDescribeLogGroups } = await import('@aws-sdk/client-cloudwatch-logs');
  const client = new CloudWatchLogsClient(config);
  try {
    const found: Retained[] = [];
    for (const [id, resource] of Object.entries(Resources)) {
      const { LogGroupName: name } = resource.Properties;
      if (resource.Type !== 'AWS::Logs::LogGroup' || typeof name !== 'string') continue;
      for await (const { logGroups = [] } of paginateDescribeLogGroups(
        { client },
        { logGroupNamePrefix: name },
      )) {
        if (logGroups.some(({ logGroupName }) => logGroupName === name)) {
          found.push({ id, resource, identifier: { LogGroupName: name } });
        }
      }
    }
    return found;
  } finally {
    client.destroy();
  }
}

/** The tables whose names CloudFormation has made of the stack's name and their logical ID. */
async function retainedTables(
  config: object,
  { Resources }: Template,
  stackName: string,
): Promise<readonly Retained[]> {
  const tables = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::DynamoDB::Table');
  if (tables.length === 0) return [];
  const { DynamoDBClient, paginateListTables } = await import('@aws-sdk/client-dynamodb');
  const client = new DynamoDBClient(config);
  const all: string[] = [];
  try {
    for await (const { TableNames = [] } of paginateListTables({ client }, {})) all.push(...TableNames);
  } finally {
    client.destroy();
  }
  return tables.flatMap(([id, resource]): Retained[] => {
    const given = resource.Properties.TableName;
    const prefix = `${stackName}-${id}-`;
    const names = all.filter((name) =>
      typeof given === 'string'
        ? name === given
        : name.startsWith(prefix) && !name.slice(prefix.length).includes('-'),
    );
    const [name, ...others] = names;
    if (name === undefined) return [];
    if (others.length > 0) {
      throw new Mistake(
        `Earlier stacks have left several tables that may be ${id}: ${names.join(', ')}. Keep the one that the stage needs: back up and delete the others. Nothing has been changed.`,
      );
    }
    return [{ id, resource, identifier: { TableName: name } }];
  });
}

async function importInto(
  client: CloudFormationClient,
  StackName: string,
  retained: readonly Retained[],
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const {
    CreateChangeSetCommand,
    ExecuteChangeSetCommand,
    waitUntilChangeSetCreateComplete,
    waitUntilStackImportComplete,
  } = await import('@aws-sdk/client-cloudformation');
  // As the framework names its change sets: deployment roles know this name.
  const ChangeSetName = `${StackName}-change-set`;
  const wait = { client, maxWaitTime: 900, minDelay: 1, maxDelay: 5 };
  try {
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
        TemplateBody: JSON.stringify({
          Resources: Object.fromEntries(retained.map(({ id, resource }) => [id, resource])),
        }),
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    await waitUntilChangeSetCreateComplete(wait, { StackName, ChangeSetName });
    await client.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName }));
    await waitUntilStackImportComplete(wait, { StackName });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Mistake(
      `CloudFormation did not take over what the earlier stack ${StackName} has left: ${reason} The tables and log groups are unchanged. Solve that, delete the stack ${StackName} if it is there, and deploy again; or remove retainData, and delete the log groups whose names are taken.`,
    );
  }
}
