import type { OrganizationFacts } from '../aws/read-organization.ts';
import type { WalkableCall } from '../call/call.ts';
import { compareRoutes, evaluateFurtherCaller, type Probed } from './evaluate.ts';

const signed = (route: string) => ({ route, signed: true });

test.each([
  [
    'the routes of its API',
    [signed('GET /a'), signed('POST /b')],
    { outcome: 'as configured', message: 'all signed' },
  ],
  [
    'a route that was removed from its API',
    [signed('GET /a'), signed('POST /b'), signed('GET /old')],
    { outcome: 'outdated', message: 'still serves GET /old; all signed' },
  ],
  [
    'less than its API has',
    [signed('GET /a')],
    { outcome: 'outdated', message: 'does not serve POST /b; all signed' },
  ],
  [
    'a route to everybody',
    [signed('GET /a'), { route: 'POST /b', signed: false }],
    { outcome: 'as configured', message: 'unsigned: POST /b' },
  ],
])('a stage that serves %s is recognized', (_what, served, observation) => {
  expect(compareRoutes(served, ['GET /a', 'POST /b'])).toEqual(observation);
});

test('a route that is meant to be open is named, and is no mistake', () => {
  const served = [signed('GET /a'), { route: 'GET /health', signed: false }];
  expect(compareRoutes(served, ['GET /a', 'GET /health'], ['GET /health'])).toEqual({
    outcome: 'as configured',
    message: 'all signed but GET /health, which is open',
  });
  const another = [...served, { route: 'GET /b', signed: false }];
  expect(compareRoutes(another, ['GET /a', 'GET /health', 'GET /b'], ['GET /health']).message).toBe(
    'unsigned: GET /b',
  );
});

test('a route of another authorizer is named, and is neither open nor a mistake', () => {
  const served = [signed('GET /a'), { route: 'GET /people', signed: false }];
  expect(compareRoutes(served, ['GET /a', 'GET /people'], [], ['GET /people'])).toEqual({
    outcome: 'as configured',
    message: 'all signed but GET /people, whose callers another authorizer admits',
  });
});

describe('a further caller of an API that trusts one AWS organization', () => {
  const [A, PARTNER] = ['111111111111', '333333333333'];
  const invokeRoleArn = `arn:aws:iam::${A}:role/invoke.partner`;
  const of = {
    name: 'partner',
    roleArn: `arn:aws:iam::${PARTNER}:role/orders`,
    externalId: 'x',
    routes: [],
    invokeRoleArn,
    trustedOrganizationId: 'o-trusted',
  };
  const trust = {
    name: 'trust',
    document: {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${PARTNER}:root` },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-trusted' } },
      },
    },
  };
  const role = { arn: invokeRoleArn, uniqueId: 'AROA1', trust, policies: [], tags: {} };
  /** @param facts of the organization of the partner's account */
  const probedWith = (facts: OrganizationFacts): Probed => ({
    call: { callerArn: 'arn:aws:iam::222222222222:role/caller' } as WalkableCall,
    open: {
      organization: async () => facts,
      reader: { role: async () => role, organization: async () => facts.membership },
    } as unknown as Probed['open'],
    found: {
      side: {
        caller: {
          kind: 'role',
          name: 'caller',
          roleArn: 'arn:aws:iam::222222222222:role/caller',
          sessionName: undefined,
        },
        sessionName: 'caller',
      },
      links: [],
    },
  });
  const organization = (organizationId: string) => ({
    membership: { organizationId, serviceControl: [], resourceControl: [] },
  });

  test.each<[string, OrganizationFacts, string]>([
    ['cannot be read is taken to be in it', { unread: 'everything' }, 'allowed'],
    ['is in it', organization('o-trusted'), 'allowed'],
    ['is in another one', organization('o-other'), 'denied'],
    ['is in none', {}, 'denied'],
  ])('and whose account %s', async (_what, facts, outcome) => {
    const request = { kind: 'further caller', of } as const;
    expect(await evaluateFurtherCaller(probedWith(facts), request)).toMatchObject({ outcome });
  });
});
