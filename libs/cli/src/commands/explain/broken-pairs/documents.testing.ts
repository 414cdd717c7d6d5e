import {
  type APIGatewayClient,
  CreateDeploymentCommand,
  GetRestApiCommand,
  UpdateRestApiCommand,
} from '@aws-sdk/client-api-gateway';
import {
  CreatePolicyCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  GetPolicyCommand as GetManagedPolicyCommand,
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
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import type { LocalAws, OrganizationInput } from '@cross-account-api/local-aws';
import { readPolicyDocument } from '../../../aws/policy-document.ts';
import { API_ACCOUNT, CALLER_ACCOUNT } from '../../../stage/test-pair.testing.ts';

export type Statement = Readonly<Record<string, unknown>>;

/** A policy that is deployed, as the list of its statements. */
export interface PolicyInPlace {
  /** Absent if neither account's credentials can change it. */
  readonly accountId?: string;
  read(): Promise<readonly Statement[]>;
  write(statements: readonly Statement[]): Promise<void>;
}

export const documentOf = (statements: readonly Statement[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

export function statementsOf(text: string | undefined): readonly Statement[] {
  if (text === undefined || text === '') return [];
  const { Statement: statements } = readPolicyDocument(text, 'a policy') as { readonly Statement: unknown };
  return [statements].flat() as Statement[];
}

/** The inline policy `main` of a role. Without a statement, the policy does not exist. */
export function inlinePolicy(iam: IAMClient, accountId: string, RoleName: string): PolicyInPlace {
  const policy = { RoleName, PolicyName: 'main' };
  return {
    accountId,
    read: async () => statementsOf((await iam.send(new GetRolePolicyCommand(policy))).PolicyDocument),
    async write(statements) {
      if (statements.length === 0) await iam.send(new DeleteRolePolicyCommand(policy));
      else await iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument: documentOf(statements) }));
    },
  };
}

/** Deletes the inline policies of a role that commands of `explain` have added. */
export async function deleteAddedPolicies(iam: IAMClient, RoleName: string): Promise<void> {
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of PolicyNames)
    if (PolicyName.startsWith('Allow-'))
      await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
}

/** The trust policy of a role. */
export function trustPolicy(iam: IAMClient, accountId: string, RoleName: string): PolicyInPlace {
  return {
    accountId,
    read: async () =>
      statementsOf((await iam.send(new GetRoleCommand({ RoleName }))).Role?.AssumeRolePolicyDocument),
    async write(statements) {
      const PolicyDocument = documentOf(statements);
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    },
  };
}

/** The permissions boundary of a role, which has none at first. */
export function boundary(iam: IAMClient, accountId: string, RoleName: string): PolicyInPlace {
  const PolicyName = `${RoleName}-boundary`;
  const PolicyArn = `arn:aws:iam::${accountId}:policy/${PolicyName}`;
  let exists = false;
  const remove = async () => {
    await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    const { Policy } = await iam.send(new GetManagedPolicyCommand({ PolicyArn }));
    const newest = Number(Policy?.DefaultVersionId?.slice(1));
    for (let number = 1; number < newest; number++)
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: `v${number}` }));
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
    exists = false;
  };
  return {
    accountId,
    read: async () => [],
    async write(statements) {
      if (exists) await remove();
      if (statements.length === 0) return;
      await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: documentOf(statements) }));
      await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: PolicyArn }));
      exists = true;
    },
  };
}

/** The resource policy of an API. It counts from the next deployment on, which this makes. */
export function apiPolicy(gateway: APIGatewayClient, restApiId: string): PolicyInPlace {
  return {
    accountId: API_ACCOUNT,
    async read() {
      const { policy } = await gateway.send(new GetRestApiCommand({ restApiId }));
      return statementsOf(policy);
    },
    async write(statements) {
      const value = statements.length === 0 ? '' : documentOf(statements);
      const patchOperations = [{ op: 'replace' as const, path: '/policy', value }];
      await gateway.send(new UpdateRestApiCommand({ restApiId, patchOperations }));
      await gateway.send(new CreateDeploymentCommand({ restApiId, stageName: 'v1' }));
    },
  };
}

/** The resource policy of a function. */
export function functionPolicy(lambda: LambdaClient, FunctionName: string): PolicyInPlace {
  const read = async () => {
    try {
      return statementsOf((await lambda.send(new GetPolicyCommand({ FunctionName }))).Policy);
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return [];
      throw error;
    }
  };
  return {
    accountId: API_ACCOUNT,
    read,
    async write(statements) {
      for (const { Sid } of await read()) {
        await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: String(Sid) }));
      }
      for (const [index, { Action, Principal, Condition }] of statements.entries()) {
        const { ArnLike } = Condition as { readonly ArnLike: Readonly<Record<string, string>> };
        const [SourceArn] = Object.values(ArnLike);
        await lambda.send(
          new AddPermissionCommand({
            FunctionName,
            StatementId: `statement-${index}`,
            Action: String(Action),
            Principal: (Principal as { readonly Service: string }).Service,
            SourceArn,
          }),
        );
      }
    },
  };
}

/** The service or resource control policy of an account. There is an organization as long as it has a statement. */
export function controlPolicy(
  aws: LocalAws,
  kind: 'serviceControlPolicies' | 'resourceControlPolicies',
  accountId: string,
): PolicyInPlace {
  return {
    read: async () => [],
    async write(statements) {
      const policy = { name: 'Guardrail', document: { Version: '2012-10-17', Statement: [...statements] } };
      const level: NonNullable<OrganizationInput['accounts'][number]['levels']>[number] =
        kind === 'serviceControlPolicies' ? { [kind]: ['FullAWSAccess', policy] } : { [kind]: [policy] };
      const accounts = [API_ACCOUNT, CALLER_ACCOUNT].map((each) => ({
        accountId: each,
        levels: each === accountId ? [level] : [],
      }));
      aws.directory.setOrganization(statements.length === 0 ? undefined : { id: 'o-a1b2c3d4e5', accounts });
    },
  };
}
