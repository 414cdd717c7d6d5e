import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sampleOfRoute } from './operations.ts';
import { describeExpectation, type Probe } from './probe.ts';
import { type CallFacts, probesOfCall } from './probes-of-call.ts';
import { probesOfStage } from './probes-of-stage.ts';
import { admittingTarget, hostileTarget, httpTarget } from './test-results.testing.ts';

/** All probes, for people: the reviewer of a change sees which come, go, or expect another answer. */
const list = join(import.meta.dirname, 'all-probes.txt');

const { api, invokeRoleArn, externalId, caller } = hostileTarget.pair;
const anyCall: CallFacts = {
  samples: api.routes.map(sampleOfRoute),
  region: api.region,
  protocol: undefined,
  called: api.routes,
  routes: api.routes,
  allowWrite: true,
  profiles: ['account A', 'account B'],
  isCaller: true,
  isAcrossAccounts: true,
  callerRoleArn: caller.roleArn,
  roleArn: invokeRoleArn,
  externalId,
};

const kinds: Readonly<Record<string, readonly Probe[]>> = {
  'a stage in access mode assume-role': probesOfStage(hostileTarget),
  'a stage in access mode resource-policy': probesOfStage(admittingTarget),
  'a stage with an HTTP API': probesOfStage(httpTarget),
  'a stage on AWS, without --allow-write, with a handler of the owner': probesOfStage({
    ...hostileTarget,
    executesAll: false,
    takesOperations: false,
  }),
  'any call, with the profile of account A': probesOfCall({
    ...anyCall,
    profiles: ['account A'],
    isCaller: false,
  }),
  'any call, with the profile of account B': probesOfCall({
    ...anyCall,
    profiles: ['account B'],
    routes: undefined,
    called: [],
  }),
  'any call, with both profiles': probesOfCall(anyCall),
  'any call of an HTTP API, with both profiles': probesOfCall({ ...anyCall, protocol: 'HTTP' }),
};

function listed(probes: readonly Probe[]): string[] {
  return [...Map.groupBy(probes, ({ group, credentials }) => `${group} (${credentials})`)].flatMap(
    ([group, rows]) => [
      `  ${group}`,
      ...rows.map(({ name, expected }) => `    ${name} → ${describeExpectation(expected)}`),
    ],
  );
}

test('the list of all probes is current (to write it: PROBES=write npx jest all-probes)', () => {
  const text = `${Object.entries(kinds)
    .map(([kind, probes]) => [`Probes of ${kind}`, ...listed(probes)].join('\n'))
    .join('\n\n')}\n`;
  if (process.env.PROBES === 'write') writeFileSync(list, text);
  expect(readFileSync(list, 'utf8')).toBe(text);
});
