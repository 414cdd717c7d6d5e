import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import type { Exchange, Running } from '../running.testing.ts';
import type { Keys, ToSign } from '../sign.testing.ts';
import { xmlText } from '../wire.testing.ts';

/** One statement of a policy. */
export type Statement = Readonly<Record<string, unknown>>;

/** The properties of a user or role of a case. */
export interface Rights {
  /** Statements of an inline policy. */
  readonly statements?: readonly Statement[];
  /** Statements of a customer managed policy. */
  readonly managed?: readonly Statement[];
  /** ARNs of existing managed policies. */
  readonly attached?: readonly string[];
  /** Statements of a permissions boundary. */
  readonly boundary?: readonly Statement[];
  readonly tags?: Readonly<Record<string, string>>;
  /** Default: a generated name. */
  readonly name?: string;
  /** Trust policy of a role. Default: trusts the account's `:root`. */
  readonly trust?: readonly Statement[];
  /** For roles, in seconds. */
  readonly maxSessionDuration?: number;
}

/** The sender of a request. */
export interface Caller {
  readonly keys: Keys;
  /** The ARN that errors show. */
  readonly arn: string;
}

/** Creates users, roles and sessions for the cases, with IAM and STS. */
export interface Bed {
  readonly running: Running;
  /** Outputs of the stack that the cases share. */
  readonly outputs: Readonly<Record<string, string>>;
  /** `arn:aws:execute-api:us-east-1:111111111111:<apiId>` of one of the stack's APIs. */
  apiArn(api?: string): string;
  user(accountId: string, rights?: Rights): Promise<Caller>;
  /** Replaces a user's inline policy. */
  setUserPolicy(accountId: string, userName: string, statements: readonly Statement[]): Promise<void>;
  /** Creates a role. @returns its ARN */
  role(accountId: string, rights?: Rights): Promise<string>;
  /** Assumes a role. @throws Error if STS refuses */
  session(roleArn: string, by: Keys, parameters?: Readonly<Record<string, string>>): Promise<Caller>;
  /** Calls STS over the wire. */
  sts(
    keys: Keys,
    parameters: Readonly<Record<string, string>>,
    how?: Partial<Pick<ToSign, 'form' | 'region' | 'date'>>,
  ): Promise<Exchange>;
  /** Calls a route of the stage `dev`: `GET /open`. */
  invoke(
    route: string,
    caller: Keys,
    how?: { readonly api?: string } & Partial<Pick<ToSign, 'form' | 'headers' | 'body' | 'date' | 'region'>>,
  ): Promise<Exchange>;
}

/** A policy document. */
export function policy(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/** The host of an API. */
export function apiHost(apiId: string): string {
  return `${apiId}.execute-api.us-east-1.amazonaws.com`;
}

/** Creates a {@link Bed}. @param outputs of the stack that the cases share: API IDs by logical ID */
export function createBed(running: Running, outputs: Readonly<Record<string, string>>): Bed {
  const clients = new Map<string, IAMClient>();
  const iam = (accountId: string): IAMClient => {
    const client = clients.get(accountId) ?? new IAMClient(running.sdk(accountId));
    clients.set(accountId, client);
    return client;
  };
  let count = 0;
  const freshName = (kind: string) => `${kind}${++count}`;
  const apiId = (api = 'Main') => outputs[api] ?? '';
  const apiArn = (api?: string) => `arn:aws:execute-api:us-east-1:111111111111:${apiId(api)}`;
  const document = (statements: readonly Statement[]) => policy(statements).replaceAll('@api', apiArn());

  async function managedPolicy(accountId: string, statements: readonly Statement[]): Promise<string> {
    const { Policy } = await iam(accountId).send(
      new CreatePolicyCommand({ PolicyName: freshName('managed'), PolicyDocument: document(statements) }),
    );
    return Policy?.Arn ?? '';
  }

  /** Creates the policies that must exist before the user or role. */
  async function prepare(accountId: string, rights: Rights) {
    const { managed, boundary, tags } = rights;
    return {
      attached: [...(rights.attached ?? []), ...(managed ? [await managedPolicy(accountId, managed)] : [])],
      shared: {
        ...(boundary && { PermissionsBoundary: await managedPolicy(accountId, boundary) }),
        ...(tags && { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
      },
    };
  }

  const bed: Bed = {
    running,
    outputs,
    apiArn,
    async user(accountId, rights = {}) {
      const UserName = rights.name ?? freshName('user');
      const client = iam(accountId);
      const { attached, shared } = await prepare(accountId, rights);
      await client.send(new CreateUserCommand({ UserName, ...shared }));
      if (rights.statements?.length) {
        const PolicyDocument = document(rights.statements);
        await client.send(new PutUserPolicyCommand({ UserName, PolicyName: 'inline', PolicyDocument }));
      }
      for (const PolicyArn of attached) {
        await client.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
      }
      const { AccessKey } = await client.send(new CreateAccessKeyCommand({ UserName }));
      const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {};
      return {
        keys: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey },
        arn: `arn:aws:iam::${accountId}:user/${UserName}`,
      };
    },
    async setUserPolicy(accountId, UserName, statements) {
      const PolicyDocument = document(statements);
      await iam(accountId).send(new PutUserPolicyCommand({ UserName, PolicyName: 'inline', PolicyDocument }));
    },
    async role(accountId, rights = {}) {
      const RoleName = rights.name ?? freshName('role');
      const client = iam(accountId);
      const { attached, shared } = await prepare(accountId, rights);
      const root = `arn:aws:iam::${accountId}:root`;
      const trust = rights.trust ?? [
        {
          Effect: 'Allow',
          Principal: { AWS: root },
          Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
        },
      ];
      const { Role } = await client.send(
        new CreateRoleCommand({
          RoleName,
          AssumeRolePolicyDocument: document(trust),
          ...(rights.maxSessionDuration && { MaxSessionDuration: rights.maxSessionDuration }),
          ...shared,
        }),
      );
      if (rights.statements?.length) {
        const PolicyDocument = document(rights.statements);
        await client.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'inline', PolicyDocument }));
      }
      for (const PolicyArn of attached) {
        await client.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
      }
      return Role?.Arn ?? '';
    },
    async session(roleArn, by, parameters = {}) {
      const { answer, error } = await bed.sts(by, {
        Action: 'AssumeRole',
        RoleArn: roleArn,
        RoleSessionName: 'matrix',
        ...Object.fromEntries(
          Object.entries(parameters).map(([name, value]) => [name, value.replaceAll('@api', apiArn())]),
        ),
      });
      if (answer.status !== 200) throw new Error(`AssumeRole ${roleArn}: ${error.type}: ${error.message}`);
      const element = (name: string) => xmlText(answer.body, name) ?? '';
      return {
        keys: {
          accessKeyId: element('AccessKeyId'),
          secretAccessKey: element('SecretAccessKey'),
          sessionToken: element('SessionToken'),
        },
        arn: element('Arn'),
      };
    },
    sts(keys, parameters, how = {}) {
      const text = new URLSearchParams({ Version: '2011-06-15', ...parameters }).toString();
      const region = how.region ?? 'us-east-1';
      const common = { host: `sts.us-east-1.amazonaws.com`, service: 'sts', region, ...how };
      return how.form === 'query'
        ? running.call({ ...common, path: `/?${text.replaceAll('+', '%20')}` }, keys)
        : running.call(
            {
              ...common,
              method: 'POST',
              path: '/',
              body: text,
              headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
            },
            keys,
          );
    },
    invoke(route, caller, { api, ...how } = {}) {
      const [method = '', path = ''] = route.split(' ');
      const host = apiHost(apiId(api));
      return running.call({ host, method, path: `/dev${path}`, service: 'execute-api', ...how }, caller);
    },
  };
  return bed;
}
