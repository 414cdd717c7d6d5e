import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  APIGatewayClient,
  CreateDeploymentCommand,
  UpdateRestApiCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway';
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import {
  DeleteFunctionConcurrencyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { plainPalette } from '@cross-account-api/command-line/text';
import { parseArn } from '@cross-account-api/iam';
import { renderingWith } from '@cross-account-api/iam/explain-command';
import { readCall } from '../../../call/call-options.ts';
import type { Change, Link, SettingChange } from '../../../call/link.ts';
import { API_ACCOUNT, CALLER_ACCOUNT } from '../../../stage/test-pair.testing.ts';
import { explainCall } from '../explain-call.ts';
import {
  apiPolicy,
  boundary,
  deleteAddedPolicies,
  documentOf,
  functionPolicy,
  inlinePolicy,
  type PolicyInPlace,
  type Statement,
  statementsOf,
  trustPolicy,
} from './documents.testing.ts';
import type { CallValues, Outcome, Place } from './place.testing.ts';
import {
  accessRoleName,
  apiTemplate,
  backendName,
  backendRoleName,
  callerName,
  callerRoleName,
  callerTemplate,
  EXTERNAL_ID,
  type PlacedShape,
  REGION,
  type Shape,
  type Variant,
} from './templates.testing.ts';

/** The policies of a pair that a break changes. */
export type PolicyName =
  | 'caller trust'
  | 'caller policy'
  | 'caller boundary'
  | 'caller SCP'
  | 'access trust'
  | 'access policy'
  | 'access boundary'
  | 'API policy'
  | 'endpoint policy'
  | 'RCP'
  | 'function policy'
  | 'backend trust';

export type Setting = Pick<SettingChange, 'operation' | 'input'>;

/** A deployed pair that can be broken, called and repaired. */
export interface BreakablePair {
  readonly apiId: string;
  readonly url: string;
  /** The VPC endpoint that a private API and its policy admit, and another one. */
  readonly vpcEndpointIds: Place['vpcEndpointIds'];
  /** Changes the statements of a policy. */
  edit(name: PolicyName, change: (statements: readonly Statement[]) => readonly Statement[]): Promise<void>;
  /** Changes the values of the call. `undefined` leaves an option out. */
  request(changes: { readonly [Name in keyof CallValues]?: CallValues[Name] | undefined }): void;
  /** Changes a setting, as the printed command does. @param sound the value that {@link restore} sets */
  set(change: Setting, sound?: Setting): Promise<void>;
  /** Updates the stack of the API. @param deployed whether the stage serves it */
  deploy(variant: Variant, deployed: boolean): Promise<void>;
  /** Lets the caller give a session policy to AssumeRole. */
  giveSessionPolicy(statements: readonly Statement[]): Promise<void>;
  /** Lets the next invocation need a new execution environment, and so the function's role. */
  renew(functionName: 'caller' | 'backend'): Promise<void>;
  /** Sets the reserved concurrency of a function to 0. */
  switchOff(functionName: 'caller' | 'backend'): Promise<void>;
  /** Lets the trust policy of the role name only a user of the caller's account that was deleted since. */
  trustDeletedUser(): Promise<void>;
  /** Deletes the role of the function behind the API. */
  deleteBackendRole(): Promise<void>;
  explain(): Promise<{
    readonly exitCode: number;
    readonly text: string;
    readonly broken: readonly Link[];
    /** The links that could not be judged. */
    readonly unread: readonly Link[];
    /** The decisions of all links, with the policies that the AWS has stored. */
    readonly decisions: readonly NonNullable<Link['decision']>[];
  }>;
  /** Runs the commands of the AWS CLI that `explain` has printed, in their order. @returns the commands */
  runPrinted(text: string): Promise<readonly string[]>;
  /** Makes the change that `explain` proposes. @throws Error if it names another policy or account than there is */
  apply(change: Change): Promise<void>;
  /** Makes the call. `undefined` where the AWS runs no functions. */
  call(): Promise<Outcome> | undefined;
  /** Repairs everything that was changed since the last time. */
  restore(): Promise<void>;
  close(): void;
}

/** Deploys a pair to an AWS. The environment of this process points the AWS SDK at it. */
export async function deployPair(place: Place, planned: Shape): Promise<BreakablePair> {
  const { sdk, vpcEndpointIds } = place;
  const vpcEndpointId = planned.isPrivate === true ? vpcEndpointIds.admitted : undefined;
  const shape: PlacedShape = { ...planned, vpcEndpointId };
  Object.assign(process.env, place.variables);
  const { ApiId: apiId = '' } = await place.createStack(API_ACCOUNT, shape.api, apiTemplate(shape));
  const { CallerArn: callerArn = '' } = await place.createStack(
    CALLER_ACCOUNT,
    shape.caller,
    callerTemplate(shape, apiId),
  );
  const clients = {
    gateway: new APIGatewayClient(sdk(API_ACCOUNT)),
    apiIam: new IAMClient(sdk(API_ACCOUNT)),
    apiLambda: new LambdaClient(sdk(API_ACCOUNT)),
    callerIam: new IAMClient(sdk(CALLER_ACCOUNT)),
    callerLambda: new LambdaClient(sdk(CALLER_ACCOUNT)),
  };
  const { gateway, apiIam, apiLambda, callerIam, callerLambda } = clients;
  const [callerRole, accessRole] = [callerRoleName(shape), accessRoleName(shape)];
  const policies: Partial<Record<PolicyName, PolicyInPlace>> = {
    'caller trust': trustPolicy(callerIam, CALLER_ACCOUNT, callerRole),
    'caller policy': inlinePolicy(callerIam, CALLER_ACCOUNT, callerRole),
    'caller boundary': boundary(callerIam, CALLER_ACCOUNT, callerRole),
    'caller SCP': place.controlPolicy('serviceControlPolicies', CALLER_ACCOUNT),
    ...(shape.assumesRole && {
      'access trust': trustPolicy(apiIam, API_ACCOUNT, accessRole),
      'access policy': inlinePolicy(apiIam, API_ACCOUNT, accessRole),
      'access boundary': boundary(apiIam, API_ACCOUNT, accessRole),
    }),
    'API policy': apiPolicy(gateway, apiId),
    ...(vpcEndpointId !== undefined &&
      place.endpointPolicy && { 'endpoint policy': place.endpointPolicy(vpcEndpointId) }),
    RCP: place.controlPolicy('resourceControlPolicies', API_ACCOUNT),
    'function policy': functionPolicy(apiLambda, backendName(shape)),
    'backend trust': trustPolicy(apiIam, API_ACCOUNT, backendRoleName(shape)),
  };
  const policyOf = (name: PolicyName): PolicyInPlace => {
    const policy = policies[name];
    if (policy === undefined) throw new Error(`The pair ${shape.api} has no ${name}.`);
    return policy;
  };
  const sound = new Map<PolicyName, readonly Statement[]>();
  for (const [name, policy] of Object.entries(policies)) sound.set(name as PolicyName, await policy.read());

  const host = `${apiId}${shape.vpcEndpointId === undefined ? '' : `-${shape.vpcEndpointId}`}`;
  const url = `https://${host}.execute-api.${REGION}.amazonaws.com/v1`;
  const soundValues: CallValues = {
    api: url,
    route: [`GET /${shape.api}/7`],
    caller: callerArn,
    ...(shape.assumesRole && {
      role: `arn:aws:iam::${API_ACCOUNT}:role/${accessRole}`,
      'external-id': EXTERNAL_ID,
    }),
    'caller-profile': 'local-caller',
    'api-profile': 'local-api',
  };

  let values = soundValues;
  let commandsRan = false;
  let sessionPolicyFile: string | undefined;
  const current = new Map(sound);
  const undo: (() => Promise<void>)[] = [];
  const write = async (name: PolicyName, statements: readonly Statement[]) => {
    await policyOf(name).write(statements);
    current.set(name, statements);
  };

  const pair: BreakablePair = {
    apiId,
    url,
    vpcEndpointIds,
    edit: (name, change) => write(name, change(current.get(name) ?? [])),
    request(changes) {
      const given = Object.entries({ ...values, ...changes }).filter(([, value]) => value !== undefined);
      values = Object.fromEntries(given);
    },
    async set({ operation, input }, before) {
      if (before !== undefined) undo.push(() => pair.set(before));
      switch (operation) {
        case 'CreateDeployment':
          await gateway.send(new CreateDeploymentCommand(input as never));
          return;
        case 'UpdateStage':
          await gateway.send(new UpdateStageCommand(input as never));
          return;
        case 'UpdateRestApi':
          await gateway.send(new UpdateRestApiCommand(input as never));
      }
    },
    async deploy(variant, deployed) {
      const update = async (next: Variant) => {
        await place.updateStack(API_ACCOUNT, shape.api, apiTemplate(shape, next));
        if (deployed) await gateway.send(new CreateDeploymentCommand({ restApiId: apiId, stageName: 'v1' }));
      };
      await update(variant);
      undo.push(() => update({}));
    },
    async giveSessionPolicy(statements) {
      sessionPolicyFile ??= join(await mkdtemp(join(tmpdir(), 'session-policy-')), 'policy.json');
      await writeFile(sessionPolicyFile, documentOf(statements));
      pair.request({ 'session-policy': sessionPolicyFile });
    },
    async renew(which) {
      const FunctionName = which === 'caller' ? callerName(shape) : backendName(shape);
      await (which === 'caller' ? callerLambda : apiLambda).send(
        new UpdateFunctionConfigurationCommand({ FunctionName, Description: String(Math.random()) }),
      );
    },
    async switchOff(which) {
      const FunctionName = which === 'caller' ? callerName(shape) : backendName(shape);
      const lambda = which === 'caller' ? callerLambda : apiLambda;
      undo.push(async () => {
        await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
      });
      await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    },
    async trustDeletedUser() {
      const UserName = 'clerk';
      const { User } = await callerIam.send(new CreateUserCommand({ UserName }));
      await pair.edit('access trust', () => [
        { Effect: 'Allow', Principal: { AWS: User?.Arn }, Action: 'sts:AssumeRole' },
      ]);
      await callerIam.send(new DeleteUserCommand({ UserName }));
    },
    async deleteBackendRole() {
      const RoleName = backendRoleName(shape);
      const { Role } = await apiIam.send(new GetRoleCommand({ RoleName }));
      const { AttachedPolicies = [] } = await apiIam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
      undo.push(async () => {
        const AssumeRolePolicyDocument = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
        await apiIam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
        for (const { PolicyArn } of AttachedPolicies)
          await apiIam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
      });
      await pair.renew('backend');
      for (const { PolicyArn } of AttachedPolicies)
        await apiIam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
      await apiIam.send(new DeleteRoleCommand({ RoleName }));
    },
    async explain() {
      const call = await readCall(values);
      const { exitCode, lines, document } = await explainCall(call, (accounts) => ({
        ...renderingWith('aws', accounts.values()),
        palette: plainPalette,
        width: 100,
      }));
      const { links } = document as { readonly links: readonly Link[] };
      const inState = (wanted: Link['state']) => links.filter(({ state }) => state === wanted);
      return {
        exitCode,
        text: lines.join('\n'),
        broken: inState('breaks'),
        unread: inState('unread'),
        decisions: links.flatMap(({ decision }) => decision ?? []),
      };
    },
    async runPrinted(text) {
      const commands = [...text.matchAll(/^ +(?:or run: )?(aws .+)$/gm)].map(([, command = '']) => command);
      commandsRan ||= commands.length > 0;
      await promisify(execFile)('sh', ['-ec', commands.join('\n')], {
        env: { ...process.env, ...place.variables },
      });
      return commands;
    },
    async apply(change) {
      if (change.change === 'setting') {
        if (change.service === 'lambda') {
          const lambda = change.accountId === CALLER_ACCOUNT ? callerLambda : apiLambda;
          await lambda.send(new DeleteFunctionConcurrencyCommand(change.input as never));
          return;
        }
        expect(change).toMatchObject({ accountId: API_ACCOUNT, region: REGION });
        return pair.set(change);
      }
      if (change.change === 'request') {
        const options: Readonly<Record<string, keyof CallValues>> = {
          'sts:ExternalId': 'external-id',
          'sts:RoleSessionName': 'session-name',
          DurationSeconds: 'duration',
          'credential scope': 'signed-for',
        };
        const option = options[change.key];
        expect(change.accountId).toBe(CALLER_ACCOUNT);
        if (option !== undefined) return pair.request({ [option]: change.value });
        if (!/^(aws:RequestTag\/.+|sts:SourceIdentity)$/.test(change.key))
          throw new Error(`A request has no ${change.key}.`);
        return pair.request({ context: [...(values.context ?? []), `${change.key}=${change.value}`] });
      }
      if (change.kind === 'session policy') {
        return pair.giveSessionPolicy(statementsOf(JSON.stringify(change.document)));
      }
      const name = policyNamed(change);
      expect(change.accountId).toBe(policyOf(name).accountId);
      await pair.edit(name, (statements) => [...statements, change.statement]);
    },
    call: () => place.call?.(values),
    async restore() {
      values = soundValues;
      for (const task of undo.splice(0).reverse()) await task();
      for (const [name, statements] of sound) {
        if (current.get(name) !== statements) await write(name, statements);
      }
      if (!commandsRan) return;
      commandsRan = false;
      await deleteAddedPolicies(callerIam, callerRole);
      if (shape.assumesRole) await deleteAddedPolicies(apiIam, accessRole);
    },
    close() {
      if (sessionPolicyFile !== undefined) rmSync(dirname(sessionPolicyFile), { recursive: true });
      for (const client of Object.values(clients)) client.destroy();
    },
  };
  return pair;

  /** The policy that a change names, by its kind and the ARN or name in its place. */
  function policyNamed({ kind, where, statement }: Extract<Change, { change: 'add statement' }>): PolicyName {
    const places: Readonly<Record<PolicyName, readonly [kind: string, where: string]>> = {
      'caller trust': ['role trust policy', roleArn(CALLER_ACCOUNT, callerRole)],
      'caller policy': ['identity-based policy', roleArn(CALLER_ACCOUNT, callerRole)],
      'caller boundary': ['permissions boundary', `policy/${callerRole}-boundary`],
      'access trust': ['role trust policy', roleArn(API_ACCOUNT, accessRole)],
      'access policy': ['identity-based policy', roleArn(API_ACCOUNT, accessRole)],
      'access boundary': ['permissions boundary', `policy/${accessRole}-boundary`],
      'API policy': ['resource-based policy', apiId],
      'endpoint policy': ['VPC endpoint policy', vpcEndpointIds.admitted],
      'function policy': ['resource-based policy', backendName(shape)],
      'backend trust': ['role trust policy', roleArn(API_ACCOUNT, backendRoleName(shape))],
      'caller SCP': ['service control policy', 'Guardrail'],
      RCP: ['resource control policy', 'Guardrail'],
    };
    const isOfFunction = parseArn(String(statement.Resource)).service === 'lambda';
    const found = Object.entries(places).find(([name, [ofKind, place]]) => {
      const isMeant = name === 'function policy' ? isOfFunction : !(isOfFunction && name === 'API policy');
      return kind === ofKind && isMeant && where.includes(place);
    });
    if (found === undefined) throw new Error(`There is no ${kind} "${where}" in this pair.`);
    return found[0] as PolicyName;
  }
}

function roleArn(accountId: string, name: string): string {
  return `arn:aws:iam::${accountId}:role/${name}`;
}
