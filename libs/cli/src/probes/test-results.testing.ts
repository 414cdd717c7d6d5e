import type { Pair } from '../call/pair.ts';
import type { ContractOperation } from '../project/contract.ts';
import { isAsExpected, type Observation, type ProbeResult } from './probe.ts';
import { type ProbedStage, probesOfStage } from './probes-of-stage.ts';

/** The names and IDs of {@link hostileTarget}. A report must have none of them. */
export const identifying = [
  '123456789012',
  '210987654321',
  'acme-caller',
  'acme-payments',
  'acme-table',
  'acme-billing',
  'acme-audit',
  'acme-orders',
  'acme-status',
  'acmeOrder',
  'acmeStatus',
  '/acme',
  'prod-eu',
  'a1b2c3d4e5',
  'eu-west-1',
  'secret-external-id',
  'o-acme123456',
  'arn:',
  'amazonaws',
  '3017f8df-7366-4da5-bf36-3580cadca0d2',
] as const;

const functionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:acme-payments';
const pair: Pair = {
  caller: {
    kind: 'function',
    arn: 'arn:aws:lambda:eu-west-1:210987654321:function:acme-caller',
    name: 'acme-caller',
    roleArn: 'arn:aws:iam::210987654321:role/acme-caller',
    environment: {},
  },
  invokeRoleArn: 'arn:aws:iam::123456789012:role/acme-payments',
  externalId: 'secret-external-id',
  sessionName: 'acme-caller',
  api: {
    apiId: 'a1b2c3d4e5',
    name: 'acme-payments',
    accountId: '123456789012',
    region: 'eu-west-1',
    routes: [
      { method: 'POST', path: '/acme-orders', authorizationType: 'AWS_IAM', functionArn },
      { method: 'GET', path: '/acme-status', authorizationType: 'AWS_IAM', functionArn },
    ],
  },
  stage: 'prod-eu',
  reading: { known: 'API' },
};

/** An operation that writes, and one that reads. */
export const operations: readonly ContractOperation[] = [
  {
    name: 'acmeOrder',
    method: 'POST',
    path: '/acme-orders',
    takesBody: true,
    takesKey: true,
    example: { pathParameters: {}, query: {}, body: { acme: 1 } },
  },
  {
    name: 'acmeStatus',
    method: 'GET',
    path: '/acme-status',
    takesBody: false,
    takesKey: false,
    example: { pathParameters: {}, query: {}, body: undefined },
  },
];

/** A deployment whose names must not get into reports. */
export const hostileTarget: ProbedStage = {
  pair,
  operations,
  executesAll: true,
  takesOperations: true,
  idempotencyTable: 'acme-table',
  trustedOrganizationId: 'o-acme123456',
  furtherCallers: ['acme-billing', 'acme-audit'].map((name) => ({
    name,
    roleArn: `arn:aws:iam::210987654321:role/${name}`,
    externalId: 'secret-external-id',
    routes: ['GET /acme'],
    invokeRoleArn: `arn:aws:iam::123456789012:role/acme-payments.${name}`,
  })),
};

/** The same in access mode `resource-policy`. */
export const admittingTarget: ProbedStage = {
  ...hostileTarget,
  pair: { ...pair, invokeRoleArn: undefined, externalId: undefined },
  furtherCallers: hostileTarget.furtherCallers.map((caller) => ({
    ...caller,
    externalId: undefined,
    invokeRoleArn: undefined,
  })),
};

/** The same with an HTTP API. */
export const httpTarget: ProbedStage = {
  ...hostileTarget,
  pair: { ...pair, api: { ...pair.api, protocol: 'HTTP' }, stage: '$default' },
};

/** The results of all probes, each with the observation that `observe` returns, or the expected one. */
export function resultsWith(
  observe: (name: string) => Observation | undefined,
  target: ProbedStage = hostileTarget,
): ProbeResult[] {
  return probesOfStage(target).map((probe) => {
    const { outcome, words = '' } = probe.expected;
    const [first = ''] = outcome.split(' or ');
    const observed = observe(probe.name) ?? { outcome: first.replace('2xx', '200'), message: words };
    return { probe, observed, pass: isAsExpected(probe.expected, observed) };
  });
}
