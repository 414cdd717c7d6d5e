import { parseIamArn, wildcardMatcher } from '@cross-account-api/iam';
import type { Template } from '../framework.ts';
import { listOf, propertiesOf } from '../properties.ts';
import type { Interruption } from './interruptions.ts';

/** The templates of a caller's stack. */
interface Change {
  readonly stage: string;
  readonly deployed: Template;
  readonly next: Template;
}

/**
 * A deployment of a caller that leaves the API of its stage for another one: the API service was renamed, or deployed to another account.
 * The deployed caller knows the old API by the role that it assumes. In access mode `resource-policy`, nothing of it names the API's stack.
 * @param change `deployed`: the caller's template as it is deployed. `next`: the finished template of the next deployment
 */
export function otherApiOf({ stage, deployed, next }: Change): readonly Interruption[] {
  const [left] = functionsOf(deployed).flatMap(([id, { INVOKE_ROLE_ARN: arn }]) => {
    const [old, now] = [arn, variablesOf(next, id).INVOKE_ROLE_ARN].map((each) => stackOfRole(each, stage));
    return old === undefined || now === undefined || old.text === now.text ? [] : [{ old, now }];
  });
  if (left === undefined) return [];
  const { old, now } = left;
  return [
    {
      problem: `The caller leaves the API ${old.text} for ${now.text}: another API, with other tables.`,
      steps: [
        `If the API was renamed, ${old.stack} goes on to answer. Copy the items that the tables of ${now.stack} need.`,
        'Make this change with INTERRUPT_CALLERS=yes.',
      ],
    },
  ];
}

/**
 * A deployment of a caller whose functions assume another role, without the permission for the one that they leave. CloudFormation changes the
 * policy of a function's role before the function: in between, code that runs and has to assume the old role again is refused.
 *
 * A role that is replaced itself is no such case. CloudFormation deletes it in its clean-up, when the function is updated.
 */
export function lostPermissionsOf({ deployed, next }: Change): readonly Interruption[] {
  return functionsOf(deployed).flatMap(([id, before]) => {
    const roleId = roleIdOf(deployed, id);
    if (roleId === undefined || roleId !== roleIdOf(next, id)) return [];
    const kept = assumableBy(next.Resources[roleId]?.Properties.Policies);
    const now = variablesOf(next, id);
    return Object.entries(before).flatMap(([name, old]) => {
      if (!INVOKE_ROLE.test(name) || typeof old !== 'string' || !(name in now) || now[name] === old)
        return [];
      if (kept.some((pattern) => wildcardMatcher(pattern)(old))) return [];
      return [
        {
          problem: `The function ${id} gets another role as ${name}. CloudFormation changes the policy of its own role first: until the function has the new value, it may no longer assume ${old}.`,
          steps: [
            `In services/caller/serverless.yml, add to the function's iamRoleStatements: { Effect: Allow, Action: sts:AssumeRole, Resource: ${old} }. Deploy.`,
            'Remove the statement, and deploy again.',
          ],
        },
      ];
    });
  });
}

/** The roles that inline policies allow to assume, as patterns. */
function assumableBy(policies: unknown): readonly string[] {
  return listOf(policies)
    .flatMap((policy) => listOf(propertiesOf(propertiesOf(policy).PolicyDocument).Statement))
    .map(propertiesOf)
    .filter(({ Effect, Action }) => Effect === 'Allow' && listOf(Action).some(isAssumeRole))
    .flatMap(({ Resource }) => listOf(Resource))
    .filter((resource) => typeof resource === 'string');
}

function isAssumeRole(action: unknown): boolean {
  return wildcardMatcher(String(action).toLowerCase())('sts:assumerole');
}

/** The variables with the roles that a function assumes: `INVOKE_ROLE_ARN`, and `BILLING_INVOKE_ROLE_ARN` of another API. */
const INVOKE_ROLE = /(^|_)INVOKE_ROLE_ARN$/;

/** The variables with which a function finds its APIs: `API_URL`, and `BILLING_API_URL` of another one. */
const CONNECTION = /(^|_)(API_URL|API_REGION|INVOKE_ROLE_ARN|EXTERNAL_ID)$/;

/** A rollback of a caller that brings back an earlier URL, role or external ID, which the API may no longer admit. */
export function earlierConnectionsOf({ stage, deployed, next }: Change): readonly Interruption[] {
  return functionsOf(next).flatMap(([id, earlier]) => {
    const now = variablesOf(deployed, id);
    // No values: an external ID is nobody else's business.
    const names = Object.keys(earlier).filter(
      (name) => CONNECTION.test(name) && name in now && earlier[name] !== now[name],
    );
    if (names.length === 0) return [];
    return [
      {
        problem: `The function ${id} gets back earlier values of ${names.join(', ')}. The API may no longer admit them.`,
        steps: [
          `Deploy the earlier code with today's settings instead: take the files of that time, except stages.yml, and npx sls caller:deploy --stage ${stage}.`,
        ],
      },
    ];
  });
}

/** The functions of a template by logical ID, with their variables. */
function functionsOf(template: Template) {
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
    .map(([id]) => [id, variablesOf(template, id)] as const);
}

function variablesOf({ Resources }: Template, id: string): Readonly<Record<string, unknown>> {
  return propertiesOf(propertiesOf(Resources[id]?.Properties.Environment).Variables);
}

/** The logical ID of a function's role. */
function roleIdOf({ Resources }: Template, id: string): string | undefined {
  const { 'Fn::GetAtt': of } = propertiesOf(Resources[id]?.Properties.Role);
  return Array.isArray(of) ? String(of[0]) : undefined;
}

/**
 * The API's stack by the ARN of an invoke role, which is named `<stack>-invoke`.
 * @returns `undefined` for a role with another name
 */
export function stackOfRole(
  arn: unknown,
  stage: string,
): { readonly stack: string; readonly text: string } | undefined {
  const role = parseIamArn(String(arn));
  if (role?.kind !== 'role') return undefined;
  const { accountId: account, name } = role;
  const end = name.indexOf(`-${stage}-invoke`);
  if (end < 1) return undefined;
  const stack = `${name.slice(0, end)}-${stage}`;
  return { stack, text: `${stack} of account ${account}` };
}
