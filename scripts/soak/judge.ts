import { callersOf, type StsUse } from './sts-use.ts';

/** One message, from when it was first sent to what came of it. */
export interface MessageOutcome {
  /** The Lambda invocations of the caller that were made for it; more than one where its process was ended by a fault. */
  readonly invocations: readonly string[];
  /** `unanswered`: the invocation gave neither an answer nor an error. */
  readonly outcome: 'accepted' | 'failed' | 'unanswered';
  /** For `accepted`: the API's ID of the request that was executed. */
  readonly executedBy?: string;
  /** For `failed`: the error's code or name. */
  readonly error?: string;
  /** What the error says. */
  readonly reason?: string;
  /** Whether an invocation ran into the function's timeout, and no fault had stalled it. */
  readonly overran: boolean;
}

/** What the run has been observed to do. */
export interface Observations {
  readonly messages: readonly MessageOutcome[];
  /** By the ID of a request to the API: the invocation of the caller during which it was made. */
  readonly invocationOf: ReadonlyMap<string, string>;
  /** The IDs of the requests that the API's function says it has executed, one entry for each time. */
  readonly executions: readonly string[];
  readonly stsUse: StsUse;
  /** Requests of the services, and how many of them a fault struck. */
  readonly requests: { readonly total: number; readonly struck: number };
  /** Bytes that local AWS's process has in use after a garbage collection, in the order taken. */
  readonly memory: readonly number[];
}

/** One figure: what was measured, and what it must be. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** `undefined`: told for what it is worth. */
  readonly limit?: { readonly atLeast: number } | { readonly atMost: number };
  readonly unit: '' | '%';
  /** For a share: what it is a share of, e.g. `152 of 153`. */
  readonly counts?: string;
  readonly met: boolean;
}

/** Judges a run. Pure. */
export function judge(observed: Observations): readonly Figure[] {
  const { messages, requests } = observed;
  const accepted = messages.filter(({ outcome }) => outcome === 'accepted');
  const executed = executionsByMessage(observed);
  const times = (message: MessageOutcome) => executed.get(message) ?? 0;
  const sts = callersOf(observed.stsUse);
  return [
    {
      ...atLeast('Calls that succeeded', percent(accepted.length, messages.length), 99.9, '%'),
      counts: `${accepted.length} of ${messages.length}`,
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
    atMost('Calls that overran their deadline', messages.filter(({ overran }) => overran).length, 0),
    atMost('STS calls beyond one a lifetime, and retries', sts.unneeded, 0),
    ...memoryFigures(observed.memory),
    told('Calls', messages.length),
    told(
      'Failed calls whose message was executed',
      messages.filter((message) => message.outcome === 'failed' && times(message) > 0).length,
    ),
    told(
      'Calls made again, as the caller’s process was ended',
      messages.filter(({ invocations }) => invocations.length > 1).length,
    ),
    told('Requests of the services to AWS', requests.total),
    {
      ...told('… of them struck by a fault', percent(requests.struck, requests.total), '%'),
      counts: `${requests.struck} of ${requests.total}`,
    },
    told('Execution environments of the caller', sts.environments),
    told('Sessions that were used', sts.lifetimes),
    told('STS calls, retries included', sts.calls),
  ];
}

/** How often each message was executed: an execution belongs to the invocation that made the request. */
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

/** Fewer samples than this say nothing. */
const MIN_SAMPLES = 8;
/** What a garbage collector leaves to chance, in per cent. */
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

function told(name: string, value: number, unit: Figure['unit'] = ''): Figure {
  return { name, value, unit, met: true };
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : round((100 * part) / whole, 2);
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
