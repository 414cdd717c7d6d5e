import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { likelyPartitionOf, parseArn } from '@cross-account-api/iam';
import { actionsOfLife, actionsOfType, resourcesOfAction } from '@cross-account-api/iam/aws';
import type { Resource } from '@cross-account-api/serverless-plugin';
import * as v from 'valibot';
import { type CollectionTag, parse, type ScalarTag } from 'yaml';
import { projectRoot } from '../../project/project.ts';
import { admittedPrincipals, PRINCIPAL_KEY, permissionActions } from './function-permissions.ts';

/** Actions of a deployment on resources. ARNs may have wildcards. */
export interface DeploymentStatement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Condition keys that the requests have, with their values. */
  readonly context: Readonly<Record<string, readonly string[]>>;
  /** Present if the deployment role lacks the actions. */
  readonly isAbsentFromRole?: true;
}

/** The target of a service's deployment. */
export interface DeploymentPlace {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  /** The service's name. */
  readonly service: string;
  readonly stage: string;
  /** The prefix of the names of its deployment buckets. */
  readonly bucketPrefix: string;
  readonly rolePath: string;
  /** The ARN of the permissions boundary of all roles. */
  readonly boundaryArn: string | undefined;
  /** The custom domain of the API, and the hosted zone in which the deployment makes its record. */
  readonly customDomain?: { readonly name: string; readonly hostedZoneId?: string | undefined } | undefined;
  /** Whether the function runs in a VPC. */
  readonly isInVpc?: boolean;
  /** Whether something other than a person invokes the function: a queue, a rule, a schedule or another event source. */
  readonly hasTriggers?: boolean;
  /** The KMS key that encrypts the table. */
  readonly tableKeyId?: string | undefined;
}

const texts = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((value) => [value].flat()),
);
const VIA_SERVICE = 'kms:ViaService';

const policy = v.object({
  PolicyName: v.optional(v.string()),
  PolicyDocument: v.object({
    Statement: v.array(
      v.object({
        Action: texts,
        Resource: texts,
        Condition: v.optional(
          v.strictObject({
            StringEquals: v.optional(v.record(v.string(), texts)),
            // Holds in a simulation, which has no values for these keys.
            'ForAllValues:StringEquals': v.optional(v.record(v.string(), texts)),
            StringLike: v.optional(v.strictObject({ [VIA_SERVICE]: texts })),
            ArnLike: v.optional(v.record(v.string(), texts)),
          }),
        ),
      }),
    ),
  }),
});
const optionalPolicy = v.optional(v.object({ Properties: policy }));
const schema = v.object({
  Resources: v.object({
    DeploymentRole: v.object({ Properties: v.object({ Policies: v.array(policy) }) }),
    CustomDomainPolicy: optionalPolicy,
    CustomDomainRecordPolicy: optionalPolicy,
    VpcPolicy: optionalPolicy,
    TriggersPolicy: optionalPolicy,
    TableKeyPolicy: optionalPolicy,
  }),
});

/**
 * The statements of a service's deployment, from the template of its deployment role.
 * @param folder of the service, from the project's root
 * @param resources of the service. The actions that CloudFormation needs for them are added if the role lacks them
 */
export async function deploymentStatements(
  folder: string,
  place: DeploymentPlace,
  resources: readonly Resource[] = [],
): Promise<readonly DeploymentStatement[]> {
  const file = join(projectRoot(), folder, 'deployment-role.yml');
  const principals = admittedPrincipals(resources, place);
  const hasTriggers =
    principals.includes('events.amazonaws.com') || resources.some(({ Type }) => TRIGGERS.test(Type));
  const ofTemplate = readDeploymentRole(await readFile(file, 'utf8'), { ...place, hasTriggers });
  const role = withPrincipals(ofTemplate, principals);
  return [...role, ...statementsBeyond(role, resources, place)];
}

/** What the template's parameter `Triggers` is for. */
const TRIGGERS = /^AWS::(SQS|Events|Scheduler)::|^AWS::Lambda::Event/;

/**
 * Replaces the statements of a role about permissions of functions: one for each principal that the service admits, whether the role may
 * admit it or not.
 * @param principals `undefined` for one that only the deployment knows
 */
export function withPrincipals(
  role: readonly DeploymentStatement[],
  principals: readonly (string | undefined)[],
): readonly DeploymentStatement[] {
  const isAbout = (actions: readonly string[]) =>
    actions.some((action) => permissionActions.includes(action));
  const others = role.flatMap((statement) => {
    const actions = statement.actions.filter((action) => !permissionActions.includes(action));
    return actions.length === 0 ? [] : [{ ...statement, actions }];
  });
  const own = role.filter(({ actions }) => isAbout(actions));
  const functions = role.filter(({ actions }) => actions.includes('lambda:CreateFunction'));
  return [
    ...others,
    ...principals.map((principal) => {
      const admitting = own.filter(
        ({ context: { [PRINCIPAL_KEY]: allowed } }) =>
          principal === undefined || allowed === undefined || allowed.includes(principal),
      );
      const isAbsent = admitting.length === 0;
      return {
        actions: permissionActions,
        resources: (isAbsent ? functions : admitting).flatMap(({ resources }) => resources),
        context: principal === undefined ? {} : { [PRINCIPAL_KEY]: [principal] },
        ...(isAbsent && { isAbsentFromRole: true as const }),
      };
    }),
  ];
}

/**
 * Statements with the actions that CloudFormation needs for resources and a role lacks. They are on the role's resources of that kind or, if
 * it has none, on one with a name of the stage.
 */
export function statementsBeyond(
  role: readonly DeploymentStatement[],
  resources: readonly Resource[],
  place: Pick<DeploymentPlace, 'partition' | 'region' | 'accountId' | 'service' | 'stage'>,
): readonly DeploymentStatement[] {
  const { partition, region, accountId, service, stage } = place;
  const scope = new Map([
    ['Partition', partition],
    ['Region', region],
    ['Account', accountId],
  ]);
  const exampleOf = (template: string) =>
    template.replaceAll(/<(\w+)>/g, (_, name) => scope.get(name) ?? `${service}-${stage}-x`);
  const allowed = new Set(role.flatMap(({ actions }) => actions));
  return resources.flatMap((resource) => {
    const { Type, Properties } = resource;
    const actions = actionsOfLife(Type, Properties).flatMap(({ action }) =>
      allowed.has(action) ? [] : action,
    );
    if (actions.length === 0) return [];
    const related = actionsOfType(Type);
    const alike = role.filter((statement) => statement.actions.some((action) => related.includes(action)));
    const known = alike.flatMap((statement) => statement.resources);
    const examples = actions.flatMap((action) => resourcesOfAction(action)?.map(exampleOf) ?? []);
    const arns = [...new Set(known.length > 0 ? known : examples)];
    return [{ actions, resources: arns, context: {}, isAbsentFromRole: true as const }];
  });
}

/** What the framework adds to the template of every service, with the properties that need no further actions. */
export const resourcesOfFramework: readonly Resource[] = [
  'AWS::IAM::Role',
  'AWS::Lambda::Function',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
].map((Type) => ({ Type, Properties: {} }));

/** The actions that all resources that need them can be deployed without, or of which nobody knows, with the reason. */
export function forgivenActions(resources: readonly Resource[]): ReadonlyMap<string, string> {
  const needed = resources.flatMap(({ Type, Properties }) => actionsOfLife(Type, Properties));
  const byAction = Map.groupBy(needed, ({ action }) => action);
  return new Map(
    [...byAction].flatMap(([action, [first, ...others]]) =>
      first === undefined || [first, ...others].some(({ verdict }) => verdict === 'hard')
        ? []
        : [[action, first.reason] as const],
    ),
  );
}

/**
 * Reads the policy `deploy` of the role `DeploymentRole` of a CloudFormation template, and the policies that only some stages need.
 * @throws Error if the template has another form
 */
export function readDeploymentRole(template: string, place: DeploymentPlace): readonly DeploymentStatement[] {
  const { partition, region, accountId, rolePath, boundaryArn, customDomain, isInVpc, tableKeyId } = place;
  const { hasTriggers } = place;
  const names = new Map([
    ['AWS::Partition', partition],
    ['AWS::Region', region],
    ['AWS::AccountId', accountId],
    ['Service', place.service],
    ['Stage', place.stage],
    ['BucketPrefix', place.bucketPrefix],
    ['RolePath', rolePath],
    ['CustomDomain', customDomain?.name ?? ''],
    ['HostedZoneId', customDomain?.hostedZoneId ?? ''],
    ['TableKeyId', tableKeyId ?? ''],
  ]);
  const document: unknown = parse(template, { customTags: intrinsicFunctions(names) });
  const { DeploymentRole, ...optional } = v.parse(schema, document).Resources;
  const policies = [
    ...DeploymentRole.Properties.Policies.filter(({ PolicyName }) => PolicyName === 'deploy'),
    customDomain && optional.CustomDomainPolicy?.Properties,
    customDomain?.hostedZoneId && optional.CustomDomainRecordPolicy?.Properties,
    isInVpc && optional.VpcPolicy?.Properties,
    hasTriggers && optional.TriggersPolicy?.Properties,
    tableKeyId && optional.TableKeyPolicy?.Properties,
  ].filter((each) => typeof each === 'object');
  return policies.flatMap(({ PolicyDocument }) =>
    PolicyDocument.Statement.map(({ Action, Resource, Condition }) => {
      const { [BOUNDARY]: boundary, ...conditions } = Condition?.StringEquals ?? {};
      return {
        // Without a boundary in the settings, this action is not needed.
        actions: Action.filter((action) => action !== 'iam:PutRolePermissionsBoundary' || boundaryArn),
        resources: Resource.map((arn) => inRegion(arn, region)),
        context: {
          ...conditions,
          // A pattern matches itself.
          ...Condition?.ArnLike,
          ...(Condition?.StringLike && {
            [VIA_SERVICE]: Condition.StringLike[VIA_SERVICE].map((text) =>
              text.replace('*', `${region}.${likelyPartitionOf(region).dnsSuffix}`),
            ),
          }),
          ...(boundary && boundaryArn && { [BOUNDARY]: [boundaryArn] }),
        },
      };
    }),
  );
}

const BOUNDARY = 'iam:PermissionsBoundary';

/** The ARN of a template that any region may use, for one region. */
function inRegion(arn: string, region: string): string {
  const { partition, service, region: where, accountId, resource } = parseArn(arn);
  return where === '*' ? `arn:${partition}:${service}:${region}:${accountId}:${resource}` : arn;
}

/** The functions of CloudFormation that the template uses. The policy uses `!If` for boundaries only, whose value is known. */
function intrinsicFunctions(names: ReadonlyMap<string, string>): (ScalarTag | CollectionTag)[] {
  const substitute = (text: string) => text.replaceAll(/\$\{([\w:]+)\}/g, (_, name) => names.get(name) ?? '');
  return [
    { tag: '!Sub', resolve: substitute },
    { tag: '!Ref', resolve: (name) => names.get(name) ?? '' },
    { tag: '!GetAtt', resolve: (text) => text },
    ...['!If', '!Equals', '!Join', '!Not', '!Sub'].map((tag) => ({
      tag,
      collection: 'seq' as const,
      resolve: (list: { toJSON(): unknown }) => ([list.toJSON()].flat() as unknown[])[1],
    })),
  ];
}
