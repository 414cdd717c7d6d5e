import { isDeepStrictEqual } from 'node:util';
import type { Resource, Template } from '../framework.ts';
import { listOf, propertiesOf } from '../properties.ts';
import { invokeRoleId } from '../settings/names.ts';
import { INVOKE_ROLE } from '../template/invoke-roles.ts';

/** A change after which callers that run fail, until they have been deployed again. */
export interface Interruption {
  /** What goes, and who needs it. A sentence or two. */
  readonly problem: string;
  /** The order of steps in which no call fails, or what cannot be helped. */
  readonly steps: readonly string[];
}

/** The templates of the API's stack. */
interface Change {
  readonly stage: string;
  /** The names of the further callers. */
  readonly callers: readonly string[];
  readonly deployed: Template;
  readonly next: Template;
  /** `next` is older than `deployed`. */
  readonly goesBack?: boolean;
}

/**
 * The changes of an API's template that interrupt its callers: CloudFormation deletes or replaces what they have the address of, or the
 * API stops to admit what they have. A caller has the new values only when it is deployed itself, after the API.
 * @param change `deployed`: the template as it is deployed. `next`: the finished template of the next deployment
 */
export function interruptionsOf(change: Change): readonly Interruption[] {
  return [urlOf, endpointsOf, accessModesOf, rolesOf, renamedCallersOf, admissionsOf, tablesOf].flatMap(
    (find) => find(change),
  );
}

/** The properties whose change makes CloudFormation replace a resource, by its type: of those that callers depend on. */
const CREATE_ONLY: Readonly<Record<string, readonly string[]>> = {
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
  'AWS::IAM::Role': ['RoleName', 'Path'],
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema', 'LocalSecondaryIndexes', 'ImportSourceSpecification'],
};

/** The property that makes CloudFormation replace a resource; `undefined` if it updates it. */
function replacing(before: Resource, after: Resource): string | undefined {
  const [was, is] = [before, after].map(({ Properties }) => propertiesOf(Properties)) as [Values, Values];
  const replaced = CREATE_ONLY[before.Type]?.find(
    (property) => !isDeepStrictEqual(was[property], is[property]),
  );
  if (replaced !== undefined || before.Type !== 'AWS::DynamoDB::Table') return replaced;
  // Definitions may be added. One that changes, such as the type of the key, replaces the table.
  const [types, now] = [typesOf(was), typesOf(is)];
  return [...types].some(([name, type]) => now.has(name) && now.get(name) !== type)
    ? 'AttributeDefinitions'
    : undefined;
}

type Values = Readonly<Record<string, unknown>>;

/** The types of a table's attributes by name. */
function typesOf({ AttributeDefinitions: definitions }: Values): ReadonlyMap<unknown, unknown> {
  return new Map(
    listOf(definitions)
      .map(propertiesOf)
      .map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
  );
}

function urlOf({ stage, deployed, next }: Change): Interruption[] {
  // The framework creates a stack with its bucket only. If the rest fails, there is no API yet.
  if (deployed.Resources.ApiGatewayRestApi === undefined) return [];
  const before = address(deployed);
  const after = address(next);
  const byWayOfAws = [
    `Set customDomain.disableDefaultEndpoint: false, and deploy: npx sls deploy --stage ${stage}.`,
    `Let each caller use AWS's URL of the API. That of this repository: cd services/caller && npx sls deploy --stage ${stage} --param apiUrl=<AWS's URL>.`,
    `Make this change with INTERRUPT_CALLERS=yes: nobody uses the old URL any longer. The deployment gives the new one to this repository's caller. Then give it to the others.`,
  ];
  const other = [
    `One API cannot change this without an outage. Deploy another stage with the new setting, let each caller change to it, and remove this stage.`,
  ];
  // The URLs of edge-optimized and regional APIs do not differ.
  if (before.isPrivate !== after.isPrivate) {
    const [was, is] = [before, after].map(({ isPrivate }) => (isPrivate ? 'private' : 'public'));
    return [{ problem: `The API changes from ${was} to ${is}, so its URL does, too.`, steps: other }];
  }
  if (before.host === undefined && before.stage !== after.stage) {
    const problem = `The API's stage ${before.stage} is replaced by ${after.stage}, which is the end of its URL.`;
    return [{ problem, steps: other }];
  }
  if (before.host !== undefined && (before.host !== after.host || before.basePath !== after.basePath)) {
    const url = `https://${before.host}${before.basePath === undefined ? '' : `/${before.basePath}`}`;
    const now =
      after.host === undefined
        ? 'the API loses its domain'
        : `it gets https://${after.host}${after.basePath === undefined ? '' : `/${after.basePath}`}`;
    return [
      {
        problem: `The API no longer answers at ${url}: ${now}. Callers that run have the old URL.`,
        steps: byWayOfAws,
      },
    ];
  }
  if (before.host === undefined && after.host !== undefined && after.isDefaultDisabled) {
    return [
      {
        problem: `The API gets the domain ${after.host}, and no longer answers at AWS's URL, which callers that run have.`,
        steps: [
          `Leave out customDomain.disableDefaultEndpoint, and deploy: npx sls deploy --stage ${stage}.`,
          'Let each caller change to the domain. The one of this repository has it after the deployment.',
          'Set disableDefaultEndpoint: true, and deploy again.',
        ],
      },
    ];
  }
  return [];
}

/** What the URL of an API depends on. */
function address({ Resources }: Template) {
  const { CustomDomain: domain, CustomDomainMapping: mapping, ApiGatewayRestApi: api } = Resources;
  const { Types } = propertiesOf(api?.Properties.EndpointConfiguration);
  const text = (value: unknown) => (value === undefined ? undefined : String(value));
  return {
    host: text(domain?.Properties.DomainName),
    basePath: text(mapping?.Properties.BasePath),
    stage: text(Resources.ApiGatewayStage?.Properties.StageName),
    isDefaultDisabled: api?.Properties.DisableExecuteApiEndpoint === true,
    isPrivate: listOf(Types).includes('PRIVATE'),
  };
}

/** A private API that takes the VPC endpoint away which this repository's caller uses: the first one. */
function endpointsOf({ stage, deployed, next }: Change): Interruption[] {
  const [before, after] = [deployed, next].map(({ Resources: { ApiGatewayRestApi: api } }) =>
    listOf(propertiesOf(api?.Properties.EndpointConfiguration).VpcEndpointIds),
  ) as [readonly unknown[], readonly unknown[]];
  const [used] = before;
  if (used === undefined || after.length === 0 || after.includes(used)) return [];
  return [
    {
      problem: `The API no longer answers through ${used}, whose name is in the URL of callers that run.`,
      steps: [
        `Set privateApi.vpcEndpointIds: [${[...after, used].join(', ')}], and deploy: npx sls deploy --stage ${stage}.`,
        `When every caller uses another endpoint, remove ${used}, and deploy again.`,
      ],
    },
  ];
}

function accessModesOf({ stage, deployed, next, goesBack = false }: Change): Interruption[] {
  const before = modesOf(deployed);
  const after = modesOf(next);
  const lost = before.filter((mode) => !after.includes(mode));
  if (after.length === 0 || lost.length === 0) return [];
  // Of two modes, a deployment takes the previous one away. A rollback takes the newer one, which callers have by now.
  if (lost.length < before.length && !goesBack) return [];
  return [
    {
      problem: `The API admits callers by ${after.join()} only, and those that run use ${lost.join()}.`,
      steps: [
        `Set previousAccessMode: ${lost.join()} beside accessMode, and deploy: npx sls deploy --stage ${stage}.`,
        'When every caller uses the new mode, remove previousAccessMode, and deploy again.',
      ],
    },
  ];
}

function modesOf(template: Template): readonly string[] {
  const hasRoles = invokeRolesIn(template).length > 0;
  const hasStatements = statementsOf(template).length > 0;
  return [...(hasRoles ? ['assume-role'] : []), ...(hasStatements ? ['resource-policy'] : [])];
}

function invokeRolesIn({ Resources }: Template): readonly [string, Resource][] {
  return Object.entries(Resources).filter(
    ([id, { Type }]) => Type === 'AWS::IAM::Role' && id.startsWith(INVOKE_ROLE),
  );
}

/** An invoke role that is replaced has another ARN, or is another role: callers that run have the old one. */
function rolesOf({ stage, deployed, next }: Change): Interruption[] {
  return invokeRolesIn(deployed).flatMap(([id, before]) => {
    const after = next.Resources[id];
    const property = after === undefined ? undefined : replacing(before, after);
    if (property === undefined) return [];
    return [
      {
        problem: `The role ${id} is replaced, because its ${property} changes. Callers that run assume the old one.`,
        steps: [
          `Add an entry under callers in services/stages.yml with the caller's accountId, the name of its role as roleName, and its externalId: a second role for the same caller. Deploy: npx sls api:deploy --stage ${stage}.`,
          `Let the caller assume it. CloudFormation changes the policy of a function's role before the function, so the role keeps both permissions in a statement of iamRoleStatements in services/caller/serverless.yml: { Effect: Allow, Action: sts:AssumeRole, Resource: [<output ${id}Arn>, <output ${INVOKE_ROLE}…Arn of the entry>] }. Deploy: cd services/caller && npx sls deploy --stage ${stage} --param invokeRoleArn=<output ${INVOKE_ROLE}…Arn of the entry>.`,
          `Make this change with INTERRUPT_CALLERS=yes: nobody assumes the old role any longer. The deployment gives the caller the new one. Then remove the statement and the entry, and deploy again.`,
        ],
      },
    ];
  });
}

/** An entry under `callers` with another name: its caller is trusted by another role, and the one that it assumes is gone. */
function renamedCallersOf({ stage, deployed, next }: Change): Interruption[] {
  const rolesOfCaller = (template: Template, id: string) =>
    admittedBy(template).get(id.slice(INVOKE_ROLE.length))?.roles;
  const added = invokeRolesIn(next).filter(([id]) => deployed.Resources[id] === undefined);
  return invokeRolesIn(deployed).flatMap(([id]) => {
    if (next.Resources[id] !== undefined) return [];
    const trusted = rolesOfCaller(deployed, id);
    const [now] = added.find(([other]) => overlap(trusted, rolesOfCaller(next, other))) ?? [];
    if (now === undefined) return [];
    return [
      {
        problem: `The role ${id} is replaced by ${now}, because the entry under callers has another name. Callers that run assume the old one.`,
        steps: [
          `Keep the old name as a second entry, with the caller's accountId, the name of its role as roleName, and its externalId. Deploy: npx sls api:deploy --stage ${stage}.`,
          `Let the caller assume the new role. CloudFormation changes the policy of a function's role before the function, so the caller's role keeps the permission for the old one until the change is done. In services/caller: a statement of iamRoleStatements, { Effect: Allow, Action: sts:AssumeRole, Resource: <output ${id}Arn> }, and npx sls caller:deploy --stage ${stage}. A caller of another repository gets the new role by npm run handover.`,
          'When the caller assumes the new role, remove the old name and the statement, and deploy again.',
        ],
      },
    ];
  });
}

/** Who may get in: roles and external IDs, by the caller's name. */
function admittedBy(
  template: Template,
): ReadonlyMap<string, { readonly roles: unknown; readonly ids: unknown }> {
  const ofRoles = invokeRolesIn(template).map(([id, { Properties }]) => {
    const { Statement } = propertiesOf(Properties.AssumeRolePolicyDocument);
    return [
      id.slice(INVOKE_ROLE.length),
      propertiesOf(Array.isArray(Statement) ? Statement[0] : undefined),
    ] as const;
  });
  const ofPolicy = statementsOf(template).map(
    (statement) => [String(statement.Sid).slice('Caller'.length), statement] as const,
  );
  return new Map(
    [...ofPolicy, ...ofRoles].map(([name, { Condition }]) => {
      const { ArnEquals, StringEquals } = propertiesOf(Condition);
      return [
        name,
        {
          roles: propertiesOf(ArnEquals)['aws:PrincipalArn'],
          ids: propertiesOf(StringEquals)['sts:ExternalId'],
        },
      ];
    }),
  );
}

/** The statements of the API's resource policy that admit callers. */
function statementsOf({ Resources }: Template): readonly Readonly<Record<string, unknown>>[] {
  const { Statement } = propertiesOf(Resources.ApiGatewayRestApi?.Properties.Policy);
  return Object.values(propertiesOf(Statement))
    .map(propertiesOf)
    .filter(({ Sid, Effect }) => Effect === 'Allow' && String(Sid).startsWith('Caller'));
}

/** A caller that runs has the current role and external ID, which come before the previous ones: the API must go on to admit both. */
function admissionsOf({ stage, callers, deployed, next }: Change): Interruption[] {
  const after = admittedBy(next);
  return [...admittedBy(deployed)].flatMap(([id, before]) => {
    const now = after.get(id);
    if (now === undefined) return [];
    const name = callers.find((each) => invokeRoleId(each) === `${INVOKE_ROLE}${id}`) ?? '';
    const entry = name === '' ? 'the stage' : `the entry of ${name} under callers`;
    const [role, previousRole] =
      name === '' ? ['callerRoleName', 'previousCallerRoleName'] : ['roleName', 'previousRoleName'];
    const lost = [
      { what: 'role', old: before.roles, kept: now.roles, previous: previousRole, setting: role },
      {
        what: 'external ID',
        old: before.ids,
        kept: now.ids,
        previous: 'previousExternalId',
        setting: 'externalId',
      },
    ].filter(({ old, kept }) => isLost(old, kept));
    return lost.map(({ what, previous, setting }) => ({
      problem: `The API no longer admits the ${what} with which ${name === '' ? 'the caller' : name} runs, because ${setting} has changed${what === 'role' ? ', or the line "service:" from which it follows' : ''}.`,
      steps: [
        `Set ${previous} of ${entry} to the old value, beside the new one, and deploy: npx sls deploy --stage ${stage}. If the caller service itself got another name, deploy with the setting by npx sls api:deploy only, remove it, and then npx sls caller:deploy.`,
        `When it runs with the new one, remove ${previous}, and deploy again.`,
      ],
    }));
  });
}

/** Whether the first value, which is the current one, is no longer in a list. What is absent demands nothing. */
function isLost(old: unknown, kept: unknown): boolean {
  const [current] = listOf(old);
  return current !== undefined && listOf(kept).length > 0 && !overlap(current, kept);
}

/** Whether two lists have a value in common. */
function overlap(some: unknown, others: unknown): boolean {
  return listOf(some).some((each) => listOf(others).some((other) => isDeepStrictEqual(each, other)));
}

function tablesOf({ stage, deployed, next }: Change): Interruption[] {
  return Object.entries(deployed.Resources).flatMap(([id, before]) => {
    if (before.Type !== 'AWS::DynamoDB::Table') return [];
    const after = next.Resources[id];
    const property = after === undefined ? undefined : replacing(before, after);
    if (after !== undefined && property === undefined) return [];
    return [
      {
        problem: `${lossOf(id, before, property)} The API no longer has its items.`,
        steps: [
          `Add the new table under another logical ID, beside ${id}, and permissions on it for each function. Let functions write to both, ${id} first, and read ${id}. Deploy: npx sls api:deploy --stage ${stage}.`,
          'Copy the items, each on the condition attribute_not_exists on the new key: what functions have written to the new table is newer.',
          'Let functions read the new table, and write to both. Deploy. Then let them use the new table only, and deploy.',
          `Remove ${id} and its permissions, with INTERRUPT_CALLERS=yes.`,
        ],
      },
    ];
  });
}

/** What happens to a table. @param property the one that makes CloudFormation replace it; absent if it is taken out of the template */
function lossOf(id: string, { DeletionPolicy = 'Delete' }: Resource, property?: string): string {
  if (property !== undefined) {
    return `The table ${id} is replaced by an empty one, because its ${property} changes.`;
  }
  const end = DeletionPolicy === 'Delete' ? 'is deleted with its items' : 'stays in the account';
  return `The table ${id} is no longer in the template, and ${end}.`;
}
