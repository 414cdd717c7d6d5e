import { type ApiGatewayV2Client, UpdateStageCommand } from '@aws-sdk/client-apigatewayv2';
import {
  CreatePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  GetPolicyCommand,
  type LambdaClient,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';

/** Undoes a change of the deployment. */
export type Undo = () => Promise<unknown>;

/** A statement of a policy. */
export type Statement = Readonly<Record<string, unknown>>;

type Change = (statement: Statement) => Statement | readonly Statement[];

/** Changes the first statement of a role's one inline policy. */
export async function changePolicy(iam: IAMClient, RoleName: string, change: Change): Promise<Undo> {
  const { PolicyNames: [PolicyName] = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const policy = { RoleName, PolicyName };
  const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand(policy));
  const before = decodeURIComponent(PolicyDocument);
  const put = (document: string) =>
    iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument: document }));
  await put(changed(before, change));
  return () => put(before);
}

/** Removes a role's one inline policy. */
export async function removePolicy(iam: IAMClient, RoleName: string): Promise<Undo> {
  const undo = await changePolicy(iam, RoleName, (statement) => statement);
  const { PolicyNames: [PolicyName] = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  return undo;
}

/** Changes the first statement of a role's trust policy. */
export async function changeTrust(iam: IAMClient, RoleName: string, change: Change): Promise<Undo> {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  const before = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
  const put = (PolicyDocument: string) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  await put(changed(before, change));
  return () => put(before);
}

/** Gives a role a permissions boundary that allows writing logs only. */
export async function limitToLogs(iam: IAMClient, RoleName: string): Promise<Undo> {
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'logs:*', Resource: '*' },
  });
  const PolicyName = `boundary-${crypto.randomUUID()}`;
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
  await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: Policy?.Arn }));
  return () => iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
}

function changed(document: string, change: Change): string {
  const { Statement: statements, ...others } = JSON.parse(document);
  return JSON.stringify({ ...others, Statement: [change([statements].flat()[0])].flat() });
}

/** Replaces all permissions of API Gateway. @param source the end of their `SourceArn`; absent: no permission */
export async function changePermissions(
  lambda: LambdaClient,
  FunctionName: string,
  source?: string,
): Promise<Undo> {
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
  };
}

interface PermissionStatement {
  readonly Sid: string;
  readonly Condition: { readonly ArnLike: Readonly<Record<string, string>> };
}

/** Lets no request through the stage `$default` of an HTTP API. */
export async function limitHttpApiTo0(apis: ApiGatewayV2Client, apiUrl: string): Promise<Undo> {
  const [ApiId] = new URL(apiUrl).hostname.split('.');
  const limit = (ThrottlingRateLimit: number) =>
    apis.send(
      new UpdateStageCommand({
        ApiId,
        StageName: '$default',
        DefaultRouteSettings: { ThrottlingRateLimit, ThrottlingBurstLimit: 5000 },
      }),
    );
  await limit(0);
  return () => limit(10_000);
}
