import { APIGatewayClient, UpdateStageCommand as UpdateRestStageCommand } from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2Client, UpdateStageCommand } from '@aws-sdk/client-apigatewayv2';
import {
  CreatePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  GetPolicyCommand,
  LambdaClient,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import type { LinkKind } from '../../libs/cli/src/chain/link.ts';

/** Clients' options for both accounts, and the names in the deployed app. */
export interface DeployedApp {
  readonly api: ClientOptions;
  readonly caller: ClientOptions;
  readonly apiUrl: string;
  /** The function behind the API. */
  readonly functionName: string;
  readonly isHttp: boolean;
}

type ClientOptions = NonNullable<ConstructorParameters<typeof IAMClient>[0]>;
type Undo = () => Promise<unknown>;
type Statement = Readonly<Record<string, unknown>>;
type Change = (statement: Statement) => Statement | readonly Statement[];

/** A way to break the app, and the kind of the link that breaks. */
export interface Break {
  readonly what: string;
  readonly link: LinkKind;
  /** Options of `explain` that differ from those of the sound call. */
  readonly options?: Readonly<Record<string, string>>;
  readonly breakIt?: (app: DeployedApp) => Promise<Undo>;
}

const INVOKE = 'greetings-invoke';
const CALLER = 'greetings-caller';

/** Ways to break a call that a role of one account makes with an API of another, whoever deployed it. */
export const breaks: readonly Break[] = [
  {
    what: 'the invoke role trusts another account',
    link: 'assume role',
    breakIt: ({ api }) => changeTrust(api, INVOKE, (one) => ({ ...one, Principal: { AWS: '333333333333' } })),
  },
  {
    what: 'the invoke role trusts another role',
    link: 'assume role',
    breakIt: ({ api }) =>
      changeTrust(api, INVOKE, (one) => ({
        ...one,
        Condition: { ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::222222222222:role/other' } },
      })),
  },
  {
    what: 'the invoke role expects another external ID',
    link: 'assume role',
    breakIt: ({ api }) =>
      changeTrust(api, INVOKE, (one) => ({
        ...one,
        Condition: { StringEquals: { 'sts:ExternalId': 'other' } },
      })),
  },
  { what: 'the caller sends another external ID', link: 'assume role', options: { 'external-id': 'other' } },
  {
    what: 'the caller may not assume a role',
    link: 'assume role',
    breakIt: ({ caller }) => changePolicy(caller, CALLER, (one) => ({ ...one, Action: 'sts:TagSession' })),
  },
  {
    what: "the caller's role does not trust Lambda",
    link: 'function role',
    breakIt: ({ caller }) =>
      changeTrust(caller, CALLER, (one) => ({ ...one, Principal: { Service: 'ec2.amazonaws.com' } })),
  },
  {
    what: 'the invoke role has no policy',
    link: 'invoke route',
    async breakIt({ api }) {
      const undo = await changePolicy(api, INVOKE, (one) => one);
      await withIam(api, async (iam) => iam.send(new DeleteRolePolicyCommand(await policyOf(iam, INVOKE))));
      return undo;
    },
  },
  {
    what: 'the invoke role may call another method',
    link: 'invoke route',
    breakIt: ({ api }) =>
      changePolicy(api, INVOKE, (one) => ({
        ...one,
        Resource: String(one.Resource).replace('/GET/', '/POST/'),
      })),
  },
  {
    what: 'the invoke role may call another API',
    link: 'invoke route',
    breakIt: ({ api }) =>
      changePolicy(api, INVOKE, (one) => ({
        ...one,
        Resource: String(one.Resource).replace(/[^:]+$/, 'other/*'),
      })),
  },
  {
    what: 'a statement denies the route',
    link: 'invoke route',
    breakIt: ({ api }) => changePolicy(api, INVOKE, (one) => [one, { ...one, Effect: 'Deny' }]),
  },
  {
    what: 'a boundary ends before the API',
    link: 'invoke route',
    breakIt: ({ api }) =>
      withIam(api, async (iam) => {
        const PolicyDocument = JSON.stringify({
          Version: '2012-10-17',
          Statement: { Effect: 'Allow', Action: 'logs:*', Resource: '*' },
        });
        const PolicyName = `boundary-${Date.now()}`;
        const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
        await iam.send(
          new PutRolePermissionsBoundaryCommand({ RoleName: INVOKE, PermissionsBoundary: Policy?.Arn }),
        );
        return () =>
          withIam(api, (again) => again.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: INVOKE })));
      }),
  },
  {
    what: 'API Gateway may not invoke the function',
    link: 'invoke function',
    breakIt: (app) => changePermissions(app),
  },
  {
    what: 'only another API may invoke the function',
    link: 'invoke function',
    breakIt: (app) => changePermissions(app, 'other/*'),
  },
  { what: 'the stage lets no request through', link: 'throttling', breakIt: limitTo0 },
  {
    what: 'the request is signed for another region',
    link: 'signature',
    options: { 'signed-for': 'us-east-1/execute-api' },
  },
  { what: 'the API has no such route', link: 'deployment', options: { route: 'GET /greeting/Ada' } },
];

async function withIam<Result>(
  options: ClientOptions,
  work: (iam: IAMClient) => Promise<Result>,
): Promise<Result> {
  const iam = new IAMClient(options);
  try {
    return await work(iam);
  } finally {
    iam.destroy();
  }
}

/** The one inline policy of a role. The CDK names it. */
async function policyOf(iam: IAMClient, RoleName: string) {
  const { PolicyNames: [PolicyName] = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  return { RoleName, PolicyName };
}

/** Changes the statement of a role's policy. @returns what undoes it */
function changePolicy(options: ClientOptions, RoleName: string, change: Change): Promise<Undo> {
  return withIam(options, async (iam) => {
    const policy = await policyOf(iam, RoleName);
    const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand(policy));
    const before = decodeURIComponent(PolicyDocument);
    const put = (document: string) =>
      withIam(options, (again) =>
        again.send(new PutRolePolicyCommand({ ...policy, PolicyDocument: document })),
      );
    await put(changed(before, change));
    return () => put(before);
  });
}

/** Changes the statement of a role's trust policy. @returns what undoes it */
function changeTrust(options: ClientOptions, RoleName: string, change: Change): Promise<Undo> {
  return withIam(options, async (iam) => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    const before = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
    const put = (PolicyDocument: string) =>
      withIam(options, (again) =>
        again.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument })),
      );
    await put(changed(before, change));
    return () => put(before);
  });
}

function changed(document: string, change: Change): string {
  const { Statement: statements, ...others } = JSON.parse(document);
  return JSON.stringify({ ...others, Statement: [change([statements].flat()[0])].flat() });
}

/** Replaces all permissions of API Gateway. @param source the end of their `SourceArn`; none: there is no permission */
async function changePermissions(
  { api, functionName: FunctionName }: DeployedApp,
  source?: string,
): Promise<Undo> {
  const lambda = new LambdaClient(api);
  const { Policy = '' } = await lambda.send(new GetPolicyCommand({ FunctionName }));
  const permissions = (JSON.parse(Policy).Statement as PermissionStatement[]).map(({ Sid, Condition }) => ({
    StatementId: Sid,
    SourceArn: Object.values(Condition.ArnLike)[0] ?? '',
  }));
  const remove = async () => {
    for (const { StatementId } of permissions)
      await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId }));
  };
  const add = async (arnOf: (arn: string) => string) => {
    for (const { StatementId, SourceArn } of permissions) {
      await lambda.send(
        new AddPermissionCommand({
          FunctionName,
          StatementId,
          SourceArn: arnOf(SourceArn),
          Action: 'lambda:InvokeFunction',
          Principal: 'apigateway.amazonaws.com',
        }),
      );
    }
  };
  await remove();
  if (source !== undefined) await add((arn) => arn.replace(/[^:]+$/, source));
  return async () => {
    if (source !== undefined) await remove();
    await add((arn) => arn);
    lambda.destroy();
  };
}

interface PermissionStatement {
  readonly Sid: string;
  readonly Condition: { readonly ArnLike: Readonly<Record<string, string>> };
}

/** Lets no request through. @returns what undoes it */
async function limitTo0({ api, apiUrl, isHttp }: DeployedApp): Promise<Undo> {
  const { hostname, pathname } = new URL(apiUrl);
  const [apiId = ''] = hostname.split('.');
  const limit = async (rate: number) => {
    if (isHttp) {
      const gateway = new ApiGatewayV2Client(api);
      const DefaultRouteSettings = { ThrottlingRateLimit: rate, ThrottlingBurstLimit: 5000 };
      await gateway.send(
        new UpdateStageCommand({ ApiId: apiId, StageName: '$default', DefaultRouteSettings }),
      );
      gateway.destroy();
      return;
    }
    const gateway = new APIGatewayClient(api);
    const [path, value] = ['/*/*/throttling/rateLimit', String(rate)];
    const patchOperations = [{ op: 'replace' as const, path, value }];
    const stageName = pathname.split('/')[1];
    await gateway.send(new UpdateRestStageCommand({ restApiId: apiId, stageName, patchOperations }));
    gateway.destroy();
  };
  await limit(0);
  return () => limit(10_000);
}
