import fc from 'fast-check';
import { type Fault, FaultInjector, type RequestFacts } from './fault-injector.ts';
import type { FaultPlanInput } from './plan.ts';

const post: RequestFacts = {
  service: 'execute-api',
  operation: 'POST /messages',
  account: '111111111111',
  principal: 'arn:aws:sts::111111111111:assumed-role/invoke/caller',
  hasSession: true,
};
const assume: RequestFacts = { service: 'sts', operation: 'AssumeRole', hasSession: true };

type Facts = Parameters<FaultInjector['next']>[0];

/** The faults for a sequence of requests. */
function run(plan: FaultPlanInput, requests: readonly Facts[]): readonly (Fault | undefined)[] {
  const faults = new FaultInjector(plan);
  return requests.map((facts) => faults.next(facts));
}

const pattern = (plan: FaultPlanInput, count: number) =>
  run(
    plan,
    Array.from({ length: count }, () => post),
  )
    .map((fault) => (fault === undefined ? '.' : 'x'))
    .join('');

const drop = { type: 'drop-before' } as const;

describe('how often a rule strikes', () => {
  test.each([
    ['each request by default', {}, 'xxxxxx'],
    ['each third request', { every: 3 }, '..x..x'],
    ['twice at most', { times: 2 }, 'xx....'],
    ['after two requests', { after: 2, times: 1 }, '..x...'],
    ['three requests in a row', { every: 4, lasts: 3 }, '...xxx'],
    ['never', { rate: 0 }, '......'],
    ['always', { rate: 1 }, 'xxxxxx'],
  ])('it strikes %s', (_name, frequency, expected) => {
    expect(pattern({ rules: [{ ...frequency, effect: drop }] }, 6)).toBe(expected);
  });

  test('a rate holds over many requests', () => {
    const struck = [...pattern({ seed: 7, rules: [{ rate: 0.1, effect: drop }] }, 20_000)].filter(
      (c) => c === 'x',
    );
    expect(struck.length / 20_000).toBeCloseTo(0.1, 2);
  });

  test('the first rule that strikes is the only one', () => {
    const rules = [
      { name: 'first', every: 2, effect: drop },
      { name: 'second', effect: drop },
    ];
    expect(run({ rules }, [post, post, post]).map((fault) => fault?.rule)).toEqual([
      'second',
      'first',
      'second',
    ]);
  });
});

describe('which requests a rule strikes', () => {
  test.each([
    [{}, true],
    [{ service: 'execute-api' }, true],
    [{ service: 'sts' }, false],
    [{ operation: 'POST /*' }, true],
    [{ operation: 'post /*' }, false],
    [{ account: '111111111111' }, true],
    [{ account: '222222222222' }, false],
    [{ principal: '*:assumed-role/invoke/*' }, true],
    [{ service: 'execute-api', operation: 'GET *' }, false],
  ])('whether %j strikes the request: %s', (match, struck) => {
    expect(run({ rules: [{ match, effect: drop }] }, [post])[0] !== undefined).toBe(struck);
  });

  test('a rule for principals does not strike an unsigned request', () => {
    const { principal: _, ...unsigned } = post;
    expect(run({ rules: [{ match: { principal: '*' }, effect: drop }] }, [unsigned])).toEqual([undefined]);
  });

  test('a rule that ends sessions only strikes requests with a session', () => {
    const rules = [{ effect: { type: 'expire-session' as const } }];
    expect(run({ rules }, [{ ...post, hasSession: false }, post])).toEqual([
      undefined,
      { type: 'expire-session', rule: 'rules[0]' },
    ]);
  });

  test.each([
    ['iam', 'PutRolePolicy', true],
    ['cloudformation', 'ExecuteChangeSet', true],
    ['apigateway', 'UpdateStage', true],
    ['lambda', 'AddPermission', true],
    ['iam', 'GetRole', false],
    ['cloudformation', 'DescribeStacks', false],
    ['lambda', 'Invoke', false],
    ['sts', 'AssumeRole', false],
    ['execute-api', 'POST /messages', false],
  ])(
    'a rule about propagation only strikes changes that AWS spreads: %s %s, %s',
    (service, operation, struck) => {
      const rules = [{ effect: { type: 'propagation' as const, ms: 3_000 } }];
      expect(run({ rules }, [{ ...post, service, operation }])[0] !== undefined).toBe(struck);
    },
  );

  test('a rule for processes only strikes invocations, and other rules only requests', () => {
    const invocation = { account: '111111111111', function: 'api-messages' };
    const rules = [
      { match: { function: 'api-*' }, effect: { type: 'kill-function' as const } },
      { name: 'drop', effect: drop },
    ];
    const faults = run({ rules }, [invocation, post, { ...invocation, function: 'caller' }]);
    expect(faults.map((fault) => fault?.type)).toStrictEqual(['kill-function', 'drop-before', undefined]);
  });

  test('a hostile path takes no longer than its length requires', () => {
    const rules = [{ match: { operation: `${'*a'.repeat(90)}*b` }, effect: drop }];
    expect(run({ rules }, [{ ...post, operation: 'a'.repeat(20_000) }])).toEqual([undefined]);
  });
});

describe('a plan is deterministic', () => {
  const rule = fc.record(
    {
      match: fc.constantFrom({}, { service: 'sts' }, { service: 'execute-api' }),
      rate: fc.double({ min: 0, max: 1, noNaN: true }),
      times: fc.integer({ min: 1, max: 20 }),
      after: fc.integer({ min: 0, max: 5 }),
      lasts: fc.integer({ min: 1, max: 4 }),
      effect: fc.constantFrom(drop, { type: 'delay' as const, ms: [5, 500] as [number, number] }),
    },
    { requiredKeys: ['effect', 'match', 'rate'] },
  );
  const plan = fc.record({
    seed: fc.integer({ min: 0, max: 0xffff_ffff }),
    rules: fc.array(rule, { maxLength: 4 }),
  });
  const requests = fc.array(fc.constantFrom(post, assume), { maxLength: 60 });

  test('the same seed and requests in the same order give the same faults', () => {
    fc.assert(
      fc.property(plan, requests, (aPlan, sent) => {
        expect(run(aPlan, sent)).toEqual(run(structuredClone(aPlan), sent));
      }),
    );
  });

  test('requests that a rule does not match do not change when it strikes', () => {
    fc.assert(
      fc.property(plan, requests, (aPlan, sent) => {
        const rules = aPlan.rules.map((one) => ({ ...one, match: { service: 'sts' } }));
        const faults = run({ ...aPlan, rules }, sent).filter((_, index) => sent[index] === assume);
        expect(faults).toEqual(
          run(
            { ...aPlan, rules },
            sent.filter((facts) => facts === assume),
          ),
        );
      }),
    );
  });

  test('a later rule does not change when the earlier ones strike', () => {
    fc.assert(
      fc.property(plan, rule, requests, (aPlan, another, sent) => {
        const alone = run(aPlan, sent);
        const joined = run({ ...aPlan, rules: [...aPlan.rules, another] }, sent);
        alone.forEach((fault, index) => {
          if (fault !== undefined) expect(joined[index]).toEqual(fault);
        });
      }),
    );
  });

  test('delays stay in their range', () => {
    const rules = [{ effect: { type: 'delay' as const, ms: [5, 8] as [number, number] } }];
    const drawn = run(
      { rules },
      Array.from({ length: 200 }, () => post),
    ).map((fault) => (fault?.type === 'delay' ? fault.ms : Number.NaN));
    expect(new Set(drawn)).toEqual(new Set([5, 6, 7, 8]));
  });

  test('the faults are the same on every machine', () => {
    expect(pattern({ seed: 42, rules: [{ rate: 0.3, effect: drop }] }, 40)).toBe(
      '..x.x........xxx.x..x......x......x.....',
    );
  });
});

const target = { account: '111111111111', function: 'api-messages' };

test('A rule that strikes once injects its fault into one invocation.', () => {
  const faults = new FaultInjector({
    rules: [{ name: 'dead', times: 1, effect: { type: 'kill-function', when: 'after' } }],
  });
  expect(faults.nextForInvocation(target)).toEqual({ type: 'kill-function', when: 'after', rule: 'dead' });
  expect(faults.nextForInvocation(target)).toBeUndefined();
});

test('A plan that is set again begins again.', () => {
  const plan = { rules: [{ times: 1, effect: { type: 'kill-function' } }] };
  const faults = new FaultInjector();
  for (let i = 0; i < 2; i++) {
    faults.set(plan);
    expect(faults.nextForInvocation(target)).toBeDefined();
    expect(faults.nextForInvocation(target)).toBeUndefined();
  }
});

test('The plan limits the length of sessions until it is cleared.', () => {
  const faults = new FaultInjector({ maxSessionSeconds: 20 });
  expect(faults.maxSessionSeconds).toBe(20);
  faults.clear();
  expect(faults.maxSessionSeconds).toBeUndefined();
});
