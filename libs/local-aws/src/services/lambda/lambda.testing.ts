import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AssumedRole, AuthorizationRequest, Decision } from '@cross-account-api/iam';
import { AwsError } from '../../core/errors.ts';
import { Holds } from '../../core/holds.ts';
import { unboundPrincipals } from '../../core/policy-principals.testing.ts';
import type { AwsRequest, AwsResponse } from '../../core/request.ts';
import type { Scope } from '../../core/scope.ts';
import type { TemporaryCredential } from '../../identity/directory.ts';
import type { LogEvent } from '../logs/index.ts';
import { readProperties } from '../resource-type.testing.ts';
import type { ResourceContext, ResourceState, ResourceType } from '../resource-type.ts';
import { storedZip } from './code/stored-zip.ts';
import { invalid } from './functions/errors.ts';
import { createLambdaService, type LambdaService, type LambdaServiceOptions } from './index.ts';

/* Lambda with fakes of the services that it uses. */

export const scope: Scope = { accountId: '111111111111', region: 'eu-central-1' };
export const ROLE = 'arn:aws:iam::111111111111:role/function';
/** A role that does not trust Lambda. */
export const UNTRUSTING_ROLE = 'arn:aws:iam::111111111111:role/untrusting';

/** Lambda under test, with its logs and the questions that it asked the authorizer. */
export interface LambdaFixture {
  readonly service: LambdaService;
  readonly questions: AuthorizationRequest[];
  /** Messages by log group. */
  readonly logged: Map<string, string[]>;
  readonly streams: Set<string>;
  /** Objects of a bucket, by `bucket/key`. */
  readonly objects: Map<string, Buffer>;
  /** Actions that the authorizer denies. */
  readonly denied: Set<string>;
  /** Sends a request as an authenticated role, and asks the route's questions. */
  request(http: string, body?: object | string, headers?: Record<string, string>): Promise<FixtureResponse>;
  /** A resource type, e.g. `Function`. */
  type(name: string): ResourceType;
  /** Creates a resource, as CloudFormation does. */
  create(typeName: string, properties: object, logicalId?: string): Promise<ResourceState>;
  /** Updates a resource in place, as CloudFormation does. */
  update(
    typeName: string,
    state: ResourceState,
    properties: object,
    previous: object,
  ): Promise<ResourceState>;
  /** Deletes a resource, as CloudFormation does. */
  remove(typeName: string, state: ResourceState, properties: object): Promise<void>;
  /** Deploys a function whose `index.js` is `source`. @returns its ARN */
  deploy(name: string, source: string, settings?: object): Promise<string>;
  /** Invokes a function over the API. */
  invoke(name: string, event?: unknown, headers?: Record<string, string>): Promise<FixtureResponse>;
}

/** A response with its body as text and as JSON. */
export interface FixtureResponse extends AwsResponse {
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of any form
  readonly json: any;
}

/** Creates Lambda. Close its `service` after the test. */
export function lambdaFixture(options: Partial<LambdaServiceOptions> = {}): LambdaFixture {
  const logged = new Map<string, string[]>();
  const streams = new Set<string>();
  const objects = new Map<string, Buffer>();
  const questions: AuthorizationRequest[] = [];
  const denied = new Set<string>();
  const decide = async (question: AuthorizationRequest): Promise<Decision> => {
    questions.push(question);
    const base = {
      principalArn: 'arn:aws:iam::111111111111:user/admin',
      action: question.action,
      resource: question.resource,
      context: question.context,
      consulted: [],
    };
    return denied.has(question.action)
      ? { ...base, allowed: false, denial: 'implicit', missing: 'identity-based policy' }
      : { ...base, allowed: true, decidedBy: [] };
  };
  const service = createLambdaService({
    clock: { now: () => new Date() },
    holds: new Holds(),
    principals: unboundPrincipals,
    origin: () => 'http://127.0.0.1:4566',
    code: {
      read(_scope, bucket, key) {
        const found = objects.get(`${bucket}/${key}`);
        if (found === undefined) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
        return found;
      },
    },
    logs: {
      hasGroup: (_scope, group) => logged.has(group),
      createGroup: (_scope, group) => void logged.set(group, []),
      write(_scope, group, stream, events: readonly LogEvent[]) {
        streams.add(stream);
        logged.get(group)?.push(...events.map(({ message }) => message));
      },
    },
    roles: {
      async assume({ roleArn, sessionName }) {
        if (roleArn === UNTRUSTING_ROLE) {
          throw invalid('The role defined for the function cannot be assumed by Lambda.');
        }
        return roleCredential(roleArn, sessionName);
      },
    },
    authorizer: { decide },
    environment: (configured) => ({ ...configured, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }),
    ...options,
  });

  const request: LambdaFixture['request'] = async (http, body = '', headers = {}) => {
    const [method = '', target = ''] = http.split(' ', 2);
    const [rawPath = '', rawQuery = ''] = target.split('?', 2);
    const payload = Buffer.isBuffer(body)
      ? body
      : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const received: AwsRequest = {
      requestId: randomUUID(),
      method,
      host: 'lambda.eu-central-1.amazonaws.com',
      rawPath,
      rawQuery,
      headers: Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const),
      body: payload,
      sourceIp: '127.0.0.1',
      secureTransport: true,
      receivedAt: new Date(),
    };
    const principal = rolePrincipal(ROLE, 'test');
    const { endpoint } = service;
    try {
      const route = endpoint.route(received);
      const decisions: Decision[] = [];
      for (const question of await route.questions({ principal, ...scope })) {
        const decision = await decide({ context: {}, ...question, principal });
        if (!decision.allowed) return read(endpoint.refuse({ step: 'authorization', decision }, received));
        decisions.push(decision);
      }
      return read(
        await route.dispatch({
          ...scope,
          request: received,
          principal,
          accessKeyId: 'ASIATEST',
          payload,
          decisions,
        }),
      );
    } catch (error) {
      if (error instanceof AwsError) return read(endpoint.fail(error, received));
      throw error;
    }
  };

  const type = (name: string) => {
    const found = service.resourceTypes.find(({ typeName }) => typeName === `AWS::Lambda::${name}`);
    if (found === undefined) throw new Error(`Lambda has no resource type ${name}.`);
    return found;
  };

  return {
    service,
    questions,
    logged,
    streams,
    objects,
    denied,
    request,
    type,
    create: (name, properties, logicalId = name) =>
      type(name).create(readProperties(type(name), properties), resourceContext(logicalId)),
    update(name, state, properties, previous) {
      const [next, before] = [properties, previous].map((each) => readProperties(type(name), each));
      return type(name).update(state, next, before, resourceContext(name));
    },
    remove: (name, state, properties) =>
      type(name).delete(state, readProperties(type(name), properties), resourceContext(name)),
    async deploy(name, source, settings = {}) {
      const response = await request('POST /2015-03-31/functions', {
        FunctionName: name,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: ROLE,
        Code: { ZipFile: storedZip({ 'index.js': source }).toString('base64') },
        // AWS's default of three seconds can be too short on a busy machine.
        Timeout: 20,
        ...settings,
      });
      if (response.status !== 201) throw new Error(response.text);
      return response.json.FunctionArn;
    },
    invoke: (name, event = {}, headers = {}) =>
      request(
        `POST /2015-03-31/functions/${encodeURIComponent(name)}/invocations`,
        JSON.stringify(event),
        headers,
      ),
  };
}

/** The context of a resource in the stack `stack`. */
export function resourceContext(logicalId: string): ResourceContext {
  return {
    ...scope,
    stackName: 'stack',
    stackId: 'arn:aws:cloudformation:eu-central-1:111111111111:stack/stack/1',
    logicalId,
    generateName: () => `stack-${logicalId}-${randomUUID()}`,
    tags: { stage: 'local' },
  };
}

function read(response: AwsResponse): FixtureResponse {
  const text = Buffer.from(response.body as Uint8Array).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { ...response, text, json };
}

/** Whether a process exists, running or stopped. A zombie does not count. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !(
      process.platform === 'linux' && /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
    );
  } catch {
    return false;
  }
}

/** Polls until a condition is true. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Credentials of a role's session. */
export function roleCredential(roleArn: string, sessionName: string): TemporaryCredential {
  return {
    accessKeyId: `ASIA${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`,
    secretAccessKey: 'secret',
    sessionToken: 'token',
    expiresAt: new Date(Date.now() + 12 * 60 * 60 * 1000),
    principal: rolePrincipal(roleArn, sessionName),
  };
}

function rolePrincipal(roleArn: string, sessionName: string): AssumedRole {
  const roleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  return {
    type: 'AssumedRole',
    accountId: '111111111111',
    principalArn: roleArn,
    arn: `arn:aws:sts::111111111111:assumed-role/${roleName}/${sessionName}`,
    userId: `AROATEST:${sessionName}`,
    tags: {},
    roleName,
    roleId: 'AROATEST',
    sessionName,
    issuedAt: new Date(),
    sessionPolicies: [],
    transitiveTagKeys: [],
  };
}
