import type { Comparison } from './compare.ts';
import type { Contender } from './contenders.ts';
import type { DeploymentCost, FunctionCost, FunctionName } from './deployed-pair.ts';
import { spreadOf } from './figures.ts';
import type { Rate } from './rate.ts';
import type { Scale } from './scale.ts';
import type { Storm } from './storm.ts';

/** What a run has measured. A part that did not run is absent. */
export interface Measured {
  readonly comparisons?: readonly Comparison[];
  readonly functions?: ReadonlyMap<FunctionName, FunctionCost>;
  readonly deployment?: DeploymentCost;
  /** Size of `node_modules`. */
  readonly modulesMb?: number;
  readonly callerIdentity?: Rate;
  readonly scales?: readonly Scale[];
  readonly storms?: readonly Storm[];
}

/** One target and what was measured. */
export interface Target {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target: string;
  readonly met: boolean;
}

const KILOBYTE = 1_000;

/** Compares what was measured with the targets. A target of a part that did not run is left out. */
export function judgeTargets({
  comparisons = [],
  functions,
  deployment,
  modulesMb,
  callerIdentity,
  scales = [],
  storms = [],
}: Measured): Target[] {
  return [
    ...(functions === undefined ? [] : judgeFunctions(functions)),
    ...judgeComparisons(new Map(comparisons.map((one) => [one.contender, one]))),
    ...(deployment === undefined ? [] : judgeDeployment(deployment)),
    ...judgeScales(scales),
    ...(callerIdentity === undefined
      ? []
      : [
          atLeast(
            'sts:GetCallerIdentity on one core, verified and authorized',
            spreadOf(callerIdentity.rates).median,
            'requests/s',
            7_771,
          ),
        ]),
    ...(modulesMb === undefined ? [] : [atMost('node_modules', modulesMb, 'MB', 500)]),
    ...storms.flatMap(({ environments, invocations, failed, expired, stsCalls, peakPerSecond }) => [
      exactly(`failed calls, ${environments} environments`, failed + expired, `of ${invocations}`, 0),
      atMost(
        `STS calls per environment and lifetime, ${environments} environments`,
        stsCalls / environments / 4,
        '',
        1,
      ),
      atMost(
        `STS calls a second after the start, ${environments} environments`,
        peakPerSecond.later,
        'calls/s',
        peakPerSecond.start,
      ),
    ]),
  ];
}

const limits: Readonly<Record<FunctionName, { readonly zip: number; readonly init: number }>> = {
  caller: { zip: 105, init: 30 },
  whoami: { zip: 51, init: 10 },
  messages: { zip: 120, init: 40 },
};

function judgeFunctions(functions: ReadonlyMap<FunctionName, FunctionCost>): Target[] {
  return [...functions].flatMap(([name, { zipBytes, initMs }]) => [
    atMost(`zip file of ${name}`, zipBytes / KILOBYTE, 'KB', limits[name].zip),
    atMost(`init of ${name}, over an empty module`, spreadOf(initMs).median, 'ms', limits[name].init),
  ]);
}

function judgeComparisons(measured: ReadonlyMap<Contender, Comparison>): Target[] {
  const ours = measured.get('ours');
  if (ours === undefined) return [];
  const cold = ({ coldMs }: Comparison) => spreadOf(coldMs).median;
  const warm = ({ warmMs }: Comparison) => spreadOf(warmMs).median;
  const article = measured.get('article');
  const floor = measured.get('floor');
  const peers = [...measured.values()].filter(({ contender }) => !['ours', 'floor'].includes(contender));
  const fastest = (of: (one: Comparison) => number) => Math.min(...peers.map(of));
  return [
    ...(article === undefined
      ? []
      : [atMost("cold invocation ÷ the article's", cold(ours) / cold(article), '×', 0.6)]),
    ...(peers.length === 0
      ? []
      : [
          atMost('cold invocation ÷ the fastest other', cold(ours) / fastest(cold), '×', 1),
          atMost('warm invocation ÷ the fastest other', warm(ours) / fastest(warm), '×', 1),
        ]),
    ...(floor === undefined
      ? []
      : [atMost('warm invocation over the floor', warm(ours) - warm(floor), 'ms', 0.4)]),
    exactly('STS calls per environment, 50 parallel invocations', ours.stsCallsPerEnvironment, '', 1),
  ];
}

function judgeDeployment({ deployMs, whoamiMs, residentMb }: DeploymentCost): Target[] {
  return [
    atMost('sls deploy --stage local, both services', spreadOf(deployMs).median / 1_000, 's', 4),
    atMost('signed GET /whoami on local AWS', spreadOf(whoamiMs).median, 'ms', 1.2),
    atMost('memory of local AWS, both services deployed', residentMb, 'MB', 150),
  ];
}

function judgeScales(scales: readonly Scale[]): Target[] {
  const ten = scales.find(({ functions }) => functions === 10);
  const hundred = scales.find(({ functions }) => functions === 100);
  if (ten === undefined || hundred === undefined) return [];
  return [
    atMost('deployment of 100 functions ÷ of 10', hundred.deployMs / ten.deployMs, '×', 10),
    atMost('memory with 100 functions ÷ with 10', hundred.usedMb / ten.usedMb, '×', 10),
  ];
}

function atMost(name: string, value: number, unit: string, limit: number): Target {
  return { name, value, unit, target: `≤ ${limit}`, met: value <= limit };
}

function atLeast(name: string, value: number, unit: string, limit: number): Target {
  return { name, value, unit, target: `≥ ${limit}`, met: value >= limit };
}

function exactly(name: string, value: number, unit: string, wanted: number): Target {
  return { name, value, unit, target: String(wanted), met: value === wanted };
}
