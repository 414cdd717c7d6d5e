import { callersOf, type StsUse } from './sts-use.ts';

/** One message and what became of it. */
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

/** What was observed during a run. */
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

/** One figure and its limit. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** `undefined` if any value is acceptable. */
  readonly limit?: { readonly atLeast: number } | { readonly atMost: number };
  readonly unit: '' | '%';
  /** For a share: what it is a share of, e.g. `152 of 153`. */
  readonly counts?: string;
  readonly met: boolean;
}

/**
 * From which lateness on, in milliseconds, calls that run out of time are the machine's fault: the caller keeps half a second of its time to
 * react, and waits more than once.
 */
const BUSY_MS = 200;

const OUT_OF_TIME = ['Sandbox.Timedout', 'RequestTimeout', 'DeadlineExceeded'];

/** Judges a run, and not the machine. Pure. */
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
  return [
    {
      ...atLeast('Calls that succeeded', percent(succeeded.length, judged.length), 99.9, '%'),
      counts: `${succeeded.length} of ${judged.length}`,
    },
    atMost('Accepted messages executed twice', accepted.filter((message) => times(message) > 1).length, 0),
    atMost(
      'Messages lost without an error',
      messages.filter(
        (message) =>
          message.outcome === 'unanswered' || (message.outcome === 'accepted' && times(message) === 0),
      ).length,
      0,
    ),
    atMost('Calls that overran their deadline', judged.filter(({ overran }) => overran).length, 0),
    atMost('STS calls beyond one a lifetime, and retries', sts.unneeded, 0),
    ...memoryFigures(observed.memory),
    informative('Calls', messages.length),
    informative(
      'Failed calls whose message was executed',
      messages.filter((message) => message.outcome === 'failed' && times(message) > 0).length,
    ),
    informative(
      'Calls made again, as the caller’s process was ended',
      messages.filter(({ invocations }) => invocations.length > 1).length,
    ),
    informative('Requests of the services to AWS', requests.total),
    {
      ...informative('… of them struck by a fault', percent(requests.struck, requests.total), '%'),
      counts: `${requests.struck} of ${requests.total}`,
    },
    informative('Execution environments of the caller', sts.environments),
    informative('Sessions that were used', sts.lifetimes),
    informative('STS calls, retries included', sts.calls),
    ...(isBusy ? [informative('Calls that ran out of time on a busy machine', late.length)] : []),
    informative('Longest wait for the CPU of this machine, in ms', observed.latenessMs),
  ];
}

/** How often each message was executed. An execution belongs to the invocation that made the request. */
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
/** By how much a garbage collector makes the measurement vary, in per cent. */
const MEMORY_NOISE = 5;

function memoryFigures(memory: readonly number[]): readonly Figure[] {
  if (memory.length < MIN_SAMPLES) return [];
  const half = Math.floor(memory.length / 2);
  const mean = (samples: readonly number[]) => samples.reduce((sum, one) => sum + one, 0) / samples.length;
  const first = mean(memory.slice(0, half));
  const growth = round(100 * (mean(memory.slice(half)) / first - 1), 1);
  return [atMost('Growth of memory from one half to the other', growth, MEMORY_NOISE, '%')];
}

function atLeast(name: string, value: number, limit: number, unit: Figure['unit'] = ''): Figure {
  return { name, value, limit: { atLeast: limit }, unit, met: value >= limit };
}

function atMost(name: string, value: number, limit: number, unit: Figure['unit'] = ''): Figure {
  return { name, value, limit: { atMost: limit }, unit, met: value <= limit };
}

function informative(name: string, value: number, unit: Figure['unit'] = ''): Figure {
  return { name, value, unit, met: true };
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : round((100 * part) / whole, 2);
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
