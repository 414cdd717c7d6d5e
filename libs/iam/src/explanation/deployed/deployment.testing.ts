import { splitFunctionArn } from '../../arn.ts';
import type { OrganizationMembership } from '../../decision/policy-source.ts';
import type { NamedPolicy } from '../../principal.ts';
import type { ApiFacts, FunctionFacts, PolicyReader, RoleFacts, RouteFacts } from './policy-reader.ts';
import type { Circumstances } from './principals.ts';

/*
 * A pair of accounts for the tests of this folder: function `caller` of account B calls `POST /parcels` and
 * `GET /items/{id}` of an API of account A.
 */

export const A = '111111111111';
export const B = '222222222222';
export const region = 'eu-west-1';
export const apiArn = `arn:aws:execute-api:${region}:${A}:api1`;
export const callerRoleArn = `arn:aws:iam::${B}:role/caller`;
export const invokeRoleArn = `arn:aws:iam::${A}:role/invoke`;
export const functionArn = `arn:aws:lambda:${region}:${A}:function:parcels`;

export type Statement = Readonly<Record<string, unknown>>;

export function policy(name: string, ...statements: readonly Statement[]): NamedPolicy {
  return { name, document: { Version: '2012-10-17', Statement: statements } };
}

export const trustsLambda: Statement = {
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: 'sts:AssumeRole',
};
/** For a trust policy that trusts no principal of the chain: a trust policy must have a statement. */
const trustsEdge: Statement = {
  Effect: 'Allow',
  Principal: { Service: 'edgelambda.amazonaws.com' },
  Action: 'sts:AssumeRole',
};
export const trustsCaller: Statement = {
  Sid: 'Caller',
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${B}:root` },
  Action: 'sts:AssumeRole',
  Condition: {
    ArnEquals: { 'aws:PrincipalArn': callerRoleArn },
    StringEquals: { 'sts:ExternalId': 'secretless' },
  },
};
export const mayAssume: Statement = {
  Sid: 'Assume',
  Effect: 'Allow',
  Action: 'sts:AssumeRole',
  Resource: invokeRoleArn,
};
export const mayInvoke: Statement = {
  Sid: 'Invoke',
  Effect: 'Allow',
  Action: 'execute-api:Invoke',
  Resource: [`${apiArn}/dev/POST/parcels`, `${apiArn}/dev/GET/items/*`],
};
export const permitsGateway: Statement = {
  Sid: 'Gateway',
  Effect: 'Allow',
  Principal: { Service: 'apigateway.amazonaws.com' },
  Action: 'lambda:InvokeFunction',
  Resource: functionArn,
  Condition: { ArnLike: { 'AWS:SourceArn': `${apiArn}/*/*/*` } },
};

/** The deployed resources. A test changes one part. */
export interface Deployment {
  readonly roles: readonly RoleFacts[];
  readonly functions: readonly FunctionFacts[];
  readonly functionPolicy: NamedPolicy | undefined;
  readonly api: ApiFacts;
  /** By account. */
  readonly organizations?: Readonly<Record<string, OrganizationMembership>>;
}

export const circumstances: Circumstances = {
  context: {},
  sessionPolicies: [],
  now: new Date('2026-01-02T03:04:05Z'),
};

export function role(arn: string, trust: Statement[], ...statements: readonly Statement[]): RoleFacts {
  const name = arn.split('/').at(-1) ?? '';
  return {
    arn,
    uniqueId: `AROA${name.toUpperCase()}`,
    trust: policy(`trust policy of role ${name}`, trustsEdge, ...trust),
    policies: statements.length === 0 ? [] : [policy(`inline policy main of role ${name}`, ...statements)],
    tags: {},
  };
}

function lambdaFunction(arn: string, roleArn: string): FunctionFacts {
  return { arn, name: splitFunctionArn(arn).name, roleArn, environment: {} };
}

export const caller = lambdaFunction(`arn:aws:lambda:${region}:${B}:function:caller`, callerRoleArn);
const messagesRoleArn = `arn:aws:iam::${A}:role/parcels`;

export const routes: readonly RouteFacts[] = [
  { method: 'GET', path: '/items/{id}', authorizationType: 'AWS_IAM', functionArn },
  { method: 'POST', path: '/parcels', authorizationType: 'AWS_IAM', functionArn },
];

/** A deployment with exactly the parts that the chain needs. */
export const sound: Deployment = {
  roles: [
    role(callerRoleArn, [trustsLambda], mayAssume),
    role(invokeRoleArn, [trustsCaller], mayInvoke),
    role(messagesRoleArn, [trustsLambda]),
  ],
  functions: [caller, lambdaFunction(functionArn, messagesRoleArn)],
  functionPolicy: policy('resource policy of function parcels', permitsGateway),
  api: { apiId: 'api1', name: 'api', accountId: A, region, routes },
};

/** Replaces the role with the same ARN. */
export function withRole(deployment: Deployment, changed: RoleFacts): Deployment {
  return {
    ...deployment,
    roles: deployment.roles.map((each) => (each.arn === changed.arn ? changed : each)),
  };
}

/** Reads a deployment that is held in memory. */
export function readerOf({ roles, functions, functionPolicy, api, organizations }: Deployment): PolicyReader {
  const name = (arn: string) => arn.split('/').at(-1);
  return {
    organization: async (accountId) => organizations?.[accountId],
    role: async (arn) => roles.find((each) => name(each.arn) === name(arn)),
    user: async (arn) =>
      arn === `arn:aws:iam::${B}:user/alice`
        ? { arn, uniqueId: 'AIDAALICE', policies: [], tags: {} }
        : undefined,
    function: async (arn) => functions.find((each) => each.arn === arn),
    functionPolicy: async () => functionPolicy,
    api: async ({ apiId }) => (apiId === api.apiId ? api : undefined),
  };
}

/** A palette without colours. */
export const plain = {
  allowed: (text: string) => text,
  denied: (text: string) => text,
  strong: (text: string) => text,
  faint: (text: string) => text,
};
