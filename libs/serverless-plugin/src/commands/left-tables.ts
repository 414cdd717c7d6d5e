import type { Framework } from '../framework.ts';

/** CloudFormation's reason of the event in which a resource gets its physical ID, also if it replaces another one. */
const CREATED = 'Resource creation Initiated';

/**
 * Adds to the error of a deployment which tables its rollback cannot delete, because they are protected, and the commands that do. The rollback
 * forgets them, and the next deployment makes new ones beside them.
 * @param error is changed. The framework prints its decorated message, if it has one
 * @param cli the AWS CLI with its options, e.g. `aws --region eu-central-1`
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html#WorkingWithTables.Basics.DeletionProtection
 */
export async function hintAtLeftTables(
  framework: Framework,
  error: Error & { decoratedMessage?: string },
  cli: string,
): Promise<void> {
  const names = await protectedNewTables(framework);
  if (names.length === 0) return;
  const remedy = [
    `CloudFormation cannot delete these tables, which are protected (deletionProtection): ${names.join(', ')}. After the rollback they belong to no stack, and the next deployment makes new ones beside them. When the rollback has ended, look whether you need what is in them; if not, delete them, and deploy again:`,
    ...names.flatMap((name) => deletionOf(name, cli).map((command) => `  ${command}`)),
  ].join('\n');
  error.message += `\n\n${remedy}`;
  if (error.decoratedMessage !== undefined) error.decoratedMessage += `\n\n${remedy}`;
}

/** The commands that delete a table that is protected. @param cli see {@link hintAtLeftTables} */
export function deletionOf(table: string, cli: string): readonly string[] {
  return [
    `${cli} dynamodb update-table --table-name ${table} --no-deletion-protection-enabled`,
    `${cli} dynamodb wait table-exists --table-name ${table}`,
    `${cli} dynamodb delete-table --table-name ${table}`,
  ];
}

/** The protected tables that the last deployment of the service's stack has created, if it has failed; none if it cannot be asked. */
async function protectedNewTables(framework: Framework): Promise<readonly string[]> {
  const { Resources } = framework.service.provider.compiledCloudFormationTemplate;
  const isProtected = (id: string) => {
    const { Type, Properties } = Resources[id] ?? {};
    return Type === 'AWS::DynamoDB::Table' && String(Properties?.DeletionProtectionEnabled) === 'true';
  };
  if (!Object.keys(Resources).some(isProtected)) return [];
  const provider = framework.getProvider('aws');
  const StackName = provider.naming.getStackName();
  const { CloudFormationClient, paginateDescribeStackEvents } = await import(
    '@aws-sdk/client-cloudformation'
  );
  const client = new CloudFormationClient(await provider.getAwsSdkV3Config());
  const names = new Set<string>();
  let hasFailed = false;
  try {
    for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client }, { StackName })) {
      for (const event of StackEvents) {
        const { LogicalResourceId: id = '', PhysicalResourceId: name, ResourceStatus: status } = event;
        if (event.StackId === name) {
          // The latest operation comes first, and its beginning last.
          if (status === 'UPDATE_IN_PROGRESS' || status === 'CREATE_IN_PROGRESS') {
            return hasFailed ? [...names] : [];
          }
          continue;
        }
        if (/^(CREATE|UPDATE)_FAILED$/.test(status ?? '')) hasFailed = true;
        if (isProtected(id) && name && event.ResourceStatusReason === CREATED) names.add(name);
      }
    }
    return [];
  } catch {
    // The error of the deployment is what the user needs to see.
    return [];
  } finally {
    client.destroy();
  }
}
