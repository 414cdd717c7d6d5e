import { UsageError } from '../lib/command-line.ts';

/** What a stage of the run is deployed with. */
export interface Phase {
  /** Tables and logs outlive the removal. */
  readonly retainData: boolean;
  readonly externalId: 'first' | 'second';
  readonly previousExternalId?: 'first';
  readonly callerRole: 'first' | 'second';
  readonly previousCallerRole?: 'first';
}

/** What one action does. Each can be repeated: after an interruption, the run begins with the one that was interrupted. */
export type Action =
  | { readonly kind: 'settings'; readonly phase: Phase }
  /** A command of the Serverless CLI: for both services by Compose, or in the folder of one. */
  | { readonly kind: 'sls'; readonly args: readonly string[]; readonly service?: 'api' }
  /** A command of `cross-account` for the stage. What it finds is noted, and the run goes on, unless nothing may be made without it. */
  | {
      readonly kind: 'command';
      readonly name: 'check' | 'verify' | 'repair';
      readonly args: readonly string[];
      readonly mustPass: boolean;
    }
  /** Adds a route to the copy of the services, or takes it out again. */
  | { readonly kind: 'route'; readonly add: boolean }
  /** What a person would do or look at by hand: scripts/conformance/by-hand.ts. */
  | { readonly kind: 'by-hand'; readonly name: ByHand };

/** What scripts/conformance/by-hand.ts does. */
export type ByHand =
  | 'settle'
  | 'inventory'
  | 'kept'
  | 'route-answers'
  | 'route-gone'
  | 'change'
  | 'changed-back'
  | 'leftovers';

/** A step of the run, as a person reads it before it begins. */
export interface RunStep {
  readonly name: string;
  readonly makes: string;
  /** Who must be allowed to do it. */
  readonly permission: string;
  /** What undoes it, if the run is given up after it. */
  readonly undo: string;
  /** The step needs this command, and is left out without it. */
  readonly needs?: 'repair';
  /** Nobody calls the stage any more: the plugin need not stop a deployment for the sake of callers. */
  readonly interruptsCallers?: true;
  readonly actions: readonly Action[];
}

const first = { retainData: false, externalId: 'first', callerRole: 'first' } as const;
const verify = { kind: 'command', name: 'verify', args: ['--allow-write'], mustPass: false } as const;
const deploy = { kind: 'sls', args: ['deploy'] } as const;
const deployApi = { ...deploy, service: 'api' } as const;
const byHand = (name: ByHand): Action => ({ kind: 'by-hand', name });
const settings = (phase: Phase): Action => ({ kind: 'settings', phase });

const DEPLOYER = 'both profiles, as services/*/deployment-role.yml';
const REMOVE = 'the last step';

/** The steps, in their order: what a deployment rests on comes first, then what is least known of AWS. */
export const steps: readonly RunStep[] = [
  {
    name: 'check',
    makes: 'nothing: reads both accounts',
    permission: DEPLOYER,
    undo: 'nothing to undo',
    actions: [
      settings({ ...first, retainData: true }),
      { kind: 'command', name: 'check', args: [], mustPass: true },
    ],
  },
  {
    name: 'deploy',
    makes:
      'both stacks, with alarms, tables and logs that outlive a removal, and a second caller’s role if there are two accounts',
    permission: DEPLOYER,
    undo: REMOVE,
    actions: [settings({ ...first, retainData: true }), deploy, byHand('inventory')],
  },
  {
    name: 'verify',
    makes: 'about fifty requests, most of which must be refused',
    permission: 'both profiles, as npm run verify -- --required-permissions prints',
    undo: REMOVE,
    actions: [verify],
  },
  {
    name: 'removed route',
    makes: 'a further route of the API for a minute',
    permission: DEPLOYER,
    undo: REMOVE,
    actions: [
      { kind: 'route', add: true },
      deployApi,
      byHand('route-answers'),
      { kind: 'route', add: false },
      deployApi,
      byHand('route-gone'),
    ],
  },
  {
    name: 'changed by hand',
    makes: 'a statement in the trust policy of the invoke role that denies everybody, which repair takes off',
    permission: `${DEPLOYER}, and iam:UpdateAssumeRolePolicy`,
    undo: REMOVE,
    needs: 'repair',
    actions: [
      byHand('change'),
      { kind: 'command', name: 'repair', args: ['--yes'], mustPass: false },
      byHand('changed-back'),
    ],
  },
  {
    name: 'retained data',
    makes: 'removes both stacks but tables and logs, and deploys them again, with these',
    permission: DEPLOYER,
    undo: REMOVE,
    actions: [{ kind: 'sls', args: ['remove'] }, byHand('kept'), deploy, byHand('kept'), byHand('inventory')],
  },
  {
    name: 'rotated external ID',
    makes: 'a second external ID, beside the first',
    permission: DEPLOYER,
    undo: REMOVE,
    actions: [
      settings({ ...first, externalId: 'second', previousExternalId: 'first' }),
      deploy,
      byHand('inventory'),
      verify,
    ],
  },
  {
    name: 'replaced role',
    makes: 'a new role of the caller, and takes the old one and the first external ID away',
    permission: DEPLOYER,
    undo: REMOVE,
    actions: [
      settings({ ...first, externalId: 'second', callerRole: 'second', previousCallerRole: 'first' }),
      deploy,
      byHand('inventory'),
      settings({ ...first, externalId: 'second', callerRole: 'second' }),
      deploy,
      verify,
    ],
  },
  {
    name: 'remove',
    makes: 'nothing: removes both stacks with their tables and logs',
    permission: DEPLOYER,
    undo: 'nothing to undo',
    actions: [
      settings({ ...first, externalId: 'second', callerRole: 'second' }),
      { kind: 'sls', args: ['remove'] },
      byHand('leftovers'),
    ],
  },
];

/** What removes a run that was given up: tables and logs that it keeps belong to a stack again, and go with it. */
export const givingUp: RunStep = {
  name: 'give up',
  makes: 'nothing: takes over what was kept, and removes both stacks with their tables and logs',
  permission: DEPLOYER,
  undo: 'nothing to undo',
  interruptsCallers: true,
  actions: [
    byHand('changed-back'),
    settings({ ...first, retainData: true }),
    deploy,
    byHand('inventory'),
    settings(first),
    deploy,
    { kind: 'sls', args: ['remove'] },
    byHand('leftovers'),
  ],
};

/**
 * @throws UsageError if the name of a stage does not say that it may be thrown away. Stage `local` is on this machine
 */
export function refuseStage(stage: string): void {
  if (stage === 'local' || /^throwaway[a-z0-9-]*$/i.test(stage)) return;
  throw new UsageError(
    `--stage ${stage}: this command deploys, changes and removes the stage, so its name must begin with "throwaway". Add an entry throwaway1 to services/stages.yml, and run --stage throwaway1.`,
  );
}

/** Prices in us-east-1, in dollars, without a free tier: https://aws.amazon.com/cloudwatch/pricing/ and https://aws.amazon.com/api-gateway/pricing/ */
const PRICES = { date: 'December 2026', alarmMonth: 0.1, dashboardMonth: 3, millionRequests: 3.5 } as const;
const HOURS_OF_MONTH = 730;
/** More than the alarms of both services, their dashboards, and the requests of a run. */
const MOST = { alarms: 30, dashboards: 2, requests: 2_000 } as const;

/** The most that a run costs, in dollars. @param hours for which the stage exists */
export function costOf(hours: number): number {
  const months = hours / HOURS_OF_MONTH;
  const { alarmMonth, dashboardMonth, millionRequests } = PRICES;
  const standing = (MOST.alarms * alarmMonth + MOST.dashboards * dashboardMonth) * months;
  return standing + (MOST.requests / 1_000_000) * millionRequests;
}

/** What a person reads before anything is made. */
export function renderRunPlan(
  stage: string,
  where: {
    readonly region: string;
    readonly real: boolean;
    readonly accounts: readonly {
      readonly id: string;
      readonly profile: string | undefined;
      readonly makes: string;
    }[];
    /** Settings of the stage's entry that the run does not take. */
    readonly leftOut: readonly string[];
  },
  skipped: ReadonlyMap<string, string>,
): string[] {
  const dollars = (hours: number) => `$${costOf(hours).toFixed(2)}`;
  return [
    `Stage ${stage}${where.real ? '' : ', at the local AWS of this machine,'} is deployed, changed and removed, in region ${where.region}:`,
    ...where.accounts.map(
      ({ id, profile, makes }) =>
        `  account ${id}${profile === undefined ? '' : ` (profile ${profile})`}: ${makes}`,
    ),
    ...(where.real
      ? [
          `It costs at most about ${dollars(1)} if the stage exists for an hour, and ${dollars(24)} for a day: alarms, dashboards and requests, at AWS's prices of`,
          `${PRICES.date} in us-east-1 (https://aws.amazon.com/cloudwatch/pricing/, https://aws.amazon.com/api-gateway/pricing/), without a free tier.`,
        ]
      : []),
    ...(where.leftOut.length === 0
      ? []
      : [`These settings of the stage are left out: ${where.leftOut.join(', ')}.`]),
    '',
    ...steps.map(({ name, makes }) => {
      const why = skipped.get(name);
      return `  ${name}: ${why === undefined ? makes : `left out. ${why}`}`;
    }),
    '',
    'Who must be allowed to do it:',
    ...[...new Set(steps.filter(({ name }) => !skipped.has(name)).map(({ permission }) => permission))].map(
      (permission) => `  ${permission}`,
    ),
    '',
  ];
}
