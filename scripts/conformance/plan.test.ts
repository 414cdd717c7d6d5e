import { costOf, givingUp, refuseStage, renderRunPlan, steps } from './plan.ts';
import { settingsOf } from './run.ts';

test.each(['dev', 'prod', 'my-throwaway', ''])(
  'stage "%s" is refused, because its name does not say that it may be thrown away; the remedy names one that does',
  (stage) => {
    expect(() => refuseStage(stage)).toThrow(
      expect.objectContaining({
        name: 'UsageError',
        message: expect.stringContaining('run --stage throwaway1'),
      }),
    );
  },
);

test.each(['throwaway', 'throwaway1', 'ThrowAway-2', 'local'])('stage %s may be thrown away', (stage) => {
  expect(() => refuseStage(stage)).not.toThrow();
});

test('the plan says the accounts, the most that it costs with source and date, each step, and what is left out', () => {
  const plan = renderRunPlan(
    'throwaway1',
    {
      region: 'eu-central-1',
      real: true,
      accounts: [{ id: '111122223333', profile: 'mine', makes: 'stack x' }],
      leftOut: ['customDomain'],
    },
    new Map([['changed by hand', 'There is no repair.']]),
  ).join('\n');
  expect(plan).toContain('account 111122223333 (profile mine): stack x');
  expect(plan).toContain(`$${costOf(1).toFixed(2)}`);
  expect(plan).toMatch(/December 2026.*https:\/\/aws\.amazon\.com\/cloudwatch\/pricing/s);
  expect(plan).toContain('changed by hand: left out. There is no repair.');
  expect(plan).toContain('customDomain');
  expect(plan).toContain('services/*/deployment-role.yml');
  // The step that needs it is left out.
  expect(plan).not.toContain('iam:UpdateAssumeRolePolicy');
  for (const { name } of steps) expect(plan).toContain(`  ${name}: `);
});

test('an hour costs a few cents, and a forgotten stage of a month is what its alarms and dashboards cost', () => {
  expect(costOf(1)).toBeLessThan(0.05);
  expect(costOf(730)).toBeCloseTo(30 * 0.1 + 2 * 3, 1);
});

test('each deployment of the plan has settings before it, and a run and its giving up end with a removal and a look at what is left', () => {
  for (const list of [steps, [givingUp]]) {
    const actions = list.flatMap((step) => step.actions);
    const at = (kind: string) => actions.findIndex((action) => action.kind === kind);
    expect(at('settings')).toBeLessThan(at('sls'));
    expect(actions.slice(-2)).toMatchObject([
      { kind: 'sls', args: ['remove'] },
      { kind: 'by-hand', name: 'leftovers' },
    ]);
  }
});

test('the external ID and the role are changed as the documents say: beside the previous one, and then alone', () => {
  const run = {
    base: { region: 'eu-central-1' },
    callerAccountId: '2',
    hasSecondCaller: true,
    callerName: 'shop-x',
  };
  const phases = steps.flatMap(({ actions }) =>
    actions.flatMap((action) => (action.kind === 'settings' ? [action.phase] : [])),
  );
  const [rotated, beside, alone] = phases
    .slice(2)
    .map((phase) => settingsOf(run, { externalIds: ['one', 'two'] }, phase));
  expect(rotated).toMatchObject({ externalId: 'two', previousExternalId: 'one', callerRoleName: 'shop-x' });
  expect(beside).toMatchObject({
    externalId: 'two',
    callerRoleName: 'shop-x-2',
    previousCallerRoleName: 'shop-x',
  });
  expect(alone).toMatchObject({ region: 'eu-central-1', alarms: true, callerRoleName: 'shop-x-2' });
  expect(beside).not.toHaveProperty('previousExternalId');
  expect(alone).not.toHaveProperty('previousCallerRoleName');
});
