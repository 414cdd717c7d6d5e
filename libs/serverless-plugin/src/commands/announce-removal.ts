import type { DeploymentFacts } from '../deployment.ts';
import type { Framework, Utilities } from '../framework.ts';
import { DATA_TYPES, keysOf } from '../template/keep-data.ts';
import { deployedTemplate } from './deployed-template.ts';

/** A table, a log group, or the key of one, of a stack that is about to be removed. */
interface Data {
  readonly kind: string;
  readonly name: string;
  readonly isKept: boolean;
}

const KINDS: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'table',
  'AWS::Logs::LogGroup': 'log group',
  'AWS::KMS::Alias': 'alias',
  'AWS::KMS::Key': 'KMS key',
  'AWS::KMS::ReplicaKey': 'KMS key',
};

/** Says which tables and logs `sls remove` deletes, and which it keeps, before it begins. */
export async function announceRemoval(
  framework: Framework,
  { stage, settings }: Pick<DeploymentFacts, 'stage' | 'settings'>,
  { log }: Pick<Utilities, 'log'>,
): Promise<void> {
  const template = await deployedTemplate(framework);
  if (template === undefined) return;
  const StackName = framework.getProvider('aws').naming.getStackName();
  if (template instanceof Error) {
    log.warning(`${StackName} is removed with its tables and logs: ${template.message}`);
    return;
  }
  const names = await physicalNames(framework, StackName);
  const { Resources } = template;
  const ofData = Object.entries(Resources).filter(([, { Type }]) => DATA_TYPES.includes(Type));
  const described = (id: string): Data => {
    const { Type = '', DeletionPolicy = 'Delete' } = Resources[id] ?? {};
    return { kind: KINDS[Type] ?? Type, name: names.get(id) ?? id, isKept: DeletionPolicy !== 'Delete' };
  };
  const data = ofData.map(([id]) => described(id));
  const keyIds = new Set(ofData.flatMap(([, resource]) => keysOf(resource, Resources)));
  const keys = [...keyIds].map(described);
  // Without its key, nobody can read what is kept.
  const unreadable = ofData
    .filter(([id, resource]) => {
      const needs = keysOf(resource, Resources).map(described);
      return described(id).isKept && needs.some(({ isKept }) => !isKept);
    })
    .map(([id]) => described(id));
  const lines = [
    ...listed(
      'deletes, with all that is in them',
      data.filter(({ isKept }) => !isKept),
    ),
    ...listed(
      'keeps',
      [...data, ...keys].filter(({ isKept }) => isKept),
    ),
    ...listed(
      'deletes, although kept data needs it',
      unreadable.length === 0 ? [] : keys.filter(({ isKept }) => !isKept),
    ),
  ];
  if (lines.length === 0) return;
  const hint =
    unreadable.length > 0
      ? `\nNobody could read ${inWords(unreadable)} without the key. To keep it, stop now, take a DeletionPolicy of the key out of serverless.yml, if it has one, and deploy before you remove.`
      : settings.retainData || data.every(({ isKept }) => isKept)
        ? ''
        : `\nTo keep them, stop now, set retainData: true of ${stage} in services/stages.yml, and deploy before you remove.`;
  log.warning(`The removal of ${StackName}\n${lines.join('\n')}${hint}`);
}

function listed(what: string, data: readonly Data[]): string[] {
  return data.length === 0 ? [] : [`  ${what}: ${inWords(data)}`];
}

function inWords(data: readonly Data[]): string {
  return data.map(({ kind, name }) => `${kind} ${name}`).join(', ');
}

async function physicalNames(framework: Framework, StackName: string): Promise<ReadonlyMap<string, string>> {
  const { CloudFormationClient, paginateListStackResources } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient(await framework.getProvider('aws').getAwsSdkV3Config());
  const names = new Map<string, string>();
  try {
    for await (const { StackResourceSummaries = [] } of paginateListStackResources(
      { client },
      { StackName },
    )) {
      for (const { LogicalResourceId: id = '', PhysicalResourceId: name } of StackResourceSummaries) {
        if (name !== undefined) names.set(id, name);
      }
    }
  } finally {
    client.destroy();
  }
  return names;
}
