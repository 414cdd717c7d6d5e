import { type Figure, figure, type Target } from '../lib/figures.ts';
import { callersOf, type StsUse } from './sts-use.ts';

/** One message and its outcome. */
export interface MessageOutcome {
  /** The invocations of the caller for it; more than one if a fault ended the caller's process. */
  readonly invocations: readonly string[];
  /** `unanswered`: the invocation gave neither an answer nor an error. */
  readonly outcome: 'accepted' | 'failed' | 'unanswered';
  /** For `accepted`: the API's ID of the request that was executed. */
  readonly executedBy?: string;
  /** For `failed`: the error's code or name. */
  readonly error?: string;
  /** The error's message. */
  readonly reason?: string;
  /** Whether an invocation timed out without a fault that stalled it. */
  readonly overran: boolean;
}

/** The observations of a run. */
export interface Observations {
  readonly messages: readonly MessageOutcome[];
  /** By the ID of a request to the API: the invocation of the caller that made it. */
  readonly invocationOf: ReadonlyMap<string, string>;
  /** The IDs of the requests that the API's function logged as executed, one entry for each execution. */
  readonly executions: readonly string[];
  readonly stsUse: StsUse;
  /** The requests of the services, and how many of them a fault struck. */
  readonly requests: { readonly total: number; readonly struck: number };
  /** Memory of local AWS's process after a garbage collection, in bytes and in the order of measurement. */
  readonly memory: readonly number[];
  /** The longest time that a timer of the soak was late, in milliseconds. */
  readonly latenessMs: number;
}

/**
 * The lateness, in milliseconds, from which the machine is to blame for calls that run out of time: the caller reserves half a second to
 * react, and waits more than once.
 */
const BUSY_MS = 200;

const OUT_OF_TIME = ['Sandbox.Timedout', 'RequestTimeout', 'DeadlineExceeded'];

/** Judges the run, not the machine. Pure. */
export function judge(observed: Observations): readonly Figure[] {
  const { messages, requests } = observed;
  const isBusy = observed.latenessMs >= BUSY_MS;
  // The last is assume-role's: STS did not answer in time.
  const isLate = ({ overran, error = '', reason = '' }: MessageOutcome) =>
    overran || OUT_OF_TIME.includes(error) || reason.includes('): Timeout: ');
  const late = isBusy ? messages.filter(isLate) : [];
  const judged = messages.filter((message) => !late.includes(message));
  const accepted = messages.filter(({ outcome }) => outcome === 'accepted');
  const succeeded = judged.filter(({ outcome }) => outcome === 'accepted');
  const executed = executionsByMessage(observed);
  const times = (message: MessageOutcome) => executed.get(message) ?? 0;
  const sts = callersOf(observed.stsUse);
  const none = { atMost: 0 };
  const isLost = (message: MessageOutcome) =>
    message.outcome === 'unanswered' || (message.outcome === 'accepted' && times(message) === 0);
  return [
    share('Calls that succeeded', succeeded.length, judged.length, { atLeast: 99.9 }),
    figure(
      'Accepted messages executed twice',
      '',
      count(accepted, (one) => times(one) > 1),
      none,
    ),
    figure('Messages lost without an error', '', count(messages, isLost), none),
    figure(
      'Calls that overran their deadline',
      '',
      count(judged, ({ overran }) => overran),
      none,
    ),
    figure('STS calls beyond one a lifetime, and retries', '', sts.unneeded, none),
    ...memoryFigures(observed.memory),
    figure('Calls', '', messages.length),
    figure(
      'Failed calls whose message was executed',
      '',
      count(messages, (one) => one.outcome === 'failed' && times(one) > 0),
    ),
    figure(
      'Calls made again, as the caller’s process was ended',
      '',
      count(messages, ({ invocations }) => invocations.length > 1),
    ),
    share('Requests of the services to AWS that a fault struck', requests.struck, requests.total),
    figure('Execution environments of the caller', '', sts.environments),
    figure('Sessions that were used', '', sts.lifetimes),
    figure('STS calls, retries included', '', sts.calls),
    ...(isBusy ? [figure('Calls that ran out of time on a busy machine', '', late.length)] : []),
    figure('Longest wait for the CPU of this machine', 'ms', observed.latenessMs),
  ];
}

const count = (messages: readonly MessageOutcome[], counts: (message: MessageOutcome) => boolean) =>
  messages.filter(counts).length;

/** A share in per cent, with the counts that it comes from. */
function share(name: string, part: number, whole: number, target?: Target): Figure {
  return figure(name, '%', whole === 0 ? 0 : (100 * part) / whole, target, `${part} of ${whole}`);
}

/** The number of executions of each message. An execution belongs to the invocation that made the request. */
function executionsByMessage({
  messages,
  executions,
  invocationOf,
}: Observations): Map<MessageOutcome, number> {
  const byInvocation = new Map(
    messages.flatMap((message) => message.invocations.map((id) => [id, message] as const)),
  );
  const counts = new Map<MessageOutcome, number>();
  for (const request of executions) {
    const message = byInvocation.get(invocationOf.get(request) ?? '');
    if (message !== undefined) counts.set(message, (counts.get(message) ?? 0) + 1);
  }
  return counts;
}

/** Fewer samples have no meaning. */
const MIN_SAMPLES = 8;
/** The variation of the measurement by the garbage collector, in per cent. */
const MEMORY_NOISE = 5;

function memoryFigures(memory: readonly number[]): readonly Figure[] {
  if (memory.length < MIN_SAMPLES) return [];
  const half = Math.floor(memory.length / 2);
  const mean = (samples: readonly number[]) => samples.reduce((sum, one) => sum + one, 0) / samples.length;
  const first = mean(memory.slice(0, half));
  const growth = 100 * (mean(memory.slice(half)) / first - 1);
  return [figure('Growth of memory from one half to the other', '%', growth, { atMost: MEMORY_NOISE })];
}
