import type { Comparison } from './compare.ts';
import type { DeploymentCost, FunctionCost } from './deployed-pair.ts';
import { type Figure, figure, ratios, spreadOf, type Target } from './figures.ts';
import type { FunctionName } from './packages.ts';
import type { Rate } from './rate.ts';
import type { Scale } from './scale.ts';
import type { Storm } from './storm.ts';

/** What a run has measured. A part that did not run is absent. */
export interface Measured {
  readonly comparisons?: readonly Comparison[] | undefined;
  readonly functions?: ReadonlyMap<FunctionName, FunctionCost> | undefined;
  readonly deployment?: DeploymentCost | undefined;
  /** Size of `node_modules`. */
  readonly modulesMb?: number | undefined;
  readonly callerIdentity?: Rate | undefined;
  readonly scales?: readonly Scale[] | undefined;
  readonly storms?: readonly Storm[] | undefined;
}

const KILOBYTE = 1_000;

/**
 * Compares what was measured with the targets. A figure of a part that did not run is left out. Times have no targets, as they double
 * on a machine half as fast. Ratios of times that were measured in the same rounds have.
 */
export function judge({
  comparisons = [],
  functions,
  deployment,
  modulesMb,
  callerIdentity,
  scales = [],
  storms = [],
}: Measured): Figure[] {
  return [
    ...(functions === undefined ? [] : judgeFunctions(functions)),
    ...judgeComparisons(comparisons),
    ...(deployment === undefined ? [] : judgeDeployment(deployment)),
    ...judgeScales(scales),
    ...(callerIdentity === undefined
      ? []
      : [
          figure(
            'sts:GetCallerIdentity on one core, verified and authorized',
            'requests/s',
            callerIdentity.rates,
          ),
        ]),
    // Without a target: serverless-esbuild alone brings 80 MB with the packages that it depends on.
    ...(modulesMb === undefined ? [] : [figure('node_modules', 'MB', modulesMb)]),
    ...storms.flatMap(judgeStorm),
  ];
}

/** In KB. */
const zipTargets: Readonly<Partial<Record<FunctionName, Target>>> = {
  caller: { atMost: 105 },
  messages: { atMost: 120 },
};

function judgeFunctions(functions: ReadonlyMap<FunctionName, FunctionCost>): Figure[] {
  const init = (name: FunctionName) => functions.get(name)?.initMs ?? [];
  return [
    ...[...functions].flatMap(([name, { zipBytes, initMs }]) => [
      figure(`zip file of ${name}`, 'KB', zipBytes / KILOBYTE, zipTargets[name]),
      figure(`init of ${name}, over an empty module`, 'ms', initMs),
    ]),
    // Both over an empty module: what Node needs for any module would bring the ratio nearer to 1.
    figure('init of caller ÷ of client-sts', '×', ratios(init('caller'), init('client-sts')), {
      atMost: 1.5,
    }),
  ];
}

function judgeComparisons(comparisons: readonly Comparison[]): Figure[] {
  const of = (name: string) => comparisons.find(({ contender }) => contender === name);
  const [ours, article, floor] = [of('ours'), of('article'), of('floor')];
  if (ours === undefined) return [];
  const fastest = (times: 'coldMs' | 'warmMs') =>
    comparisons
      .filter(({ contender }) => !['ours', 'floor'].includes(contender))
      .toSorted((a, b) => spreadOf(a[times]).median - spreadOf(b[times]).median)[0];
  const ratio = (name: string, times: 'coldMs' | 'warmMs', other: Comparison | undefined, atMost: number) =>
    other === undefined
      ? []
      : [figure(name, '×', ratios(ours[times], other[times]), { atMost }, other.contender)];
  return [
    ...ratio("cold invocation ÷ the article's", 'coldMs', article, 0.35),
    ...ratio('cold invocation ÷ the fastest other', 'coldMs', fastest('coldMs'), 1.15),
    ...ratio('warm invocation ÷ the fastest other', 'warmMs', fastest('warmMs'), 1),
    ...(floor === undefined
      ? []
      : [
          figure(
            'warm invocation over the floor',
            'ms',
            ours.warmMs.map((ms, at) => ms - (floor.warmMs[at] ?? 0)),
          ),
        ]),
    figure('STS calls per environment, parallel invocations', '', ours.stsCallsPerEnvironment, {
      exactly: 1,
    }),
  ];
}

function judgeDeployment({ deployMs, referenceMs, whoamiMs, residentMb }: DeploymentCost): Figure[] {
  return [
    figure('sls deploy --stage local, both services', 'ms', deployMs),
    figure('the same packages, only the requests to AWS', 'ms', referenceMs),
    // Without a target: the framework starts, resolves and bundles, and the reference does not.
    figure('sls deploy ÷ only the requests to AWS', '×', ratios(deployMs, referenceMs)),
    figure('signed GET /whoami on local AWS', 'ms', whoamiMs),
    figure('memory of local AWS, both services deployed', 'MB', residentMb, { atMost: 150 }),
  ];
}

function judgeScales(scales: readonly Scale[]): Figure[] {
  const ten = scales.find(({ functions }) => functions === 10);
  const hundred = scales.find(({ functions }) => functions === 100);
  if (ten === undefined || hundred === undefined) return [];
  return [
    figure('deployment of 100 functions ÷ of 10', '×', hundred.deployMs / ten.deployMs, { atMost: 10 }),
    figure('memory with 100 functions ÷ with 10', '×', hundred.usedMb / ten.usedMb, { atMost: 10 }),
  ];
}

/** The calls of the start are Lambda's doing: environments start at that rate. Afterwards, the libraries spread them. */
function judgeStorm({
  environments,
  invocations,
  failed,
  expired,
  stsCalls,
  peakPerSecond,
  busiestMinute,
}: Storm): Figure[] {
  const where = `${environments.toLocaleString('en')} environments`;
  return [
    figure(`failed calls, ${where}`, `of ${invocations.toLocaleString('en')}`, failed + expired, {
      exactly: 0,
    }),
    figure(`STS calls per environment and lifetime, ${where}`, '', stsCalls / environments / 4, {
      atMost: 1,
    }),
    figure(`STS calls in the busiest minute after the start, ${where}`, 'a second', busiestMinute, {
      atMost: peakPerSecond.start,
    }),
  ];
}
