import type { Exchange } from './exchange.ts';
import type { ConformanceRecording } from './recording.ts';
import type { RedactedValue } from './redact.ts';

/** Where two AWS differ. */
export interface AnswerDifference {
  readonly service: string;
  readonly operation: string;
  /** The steps in which they differ. */
  readonly steps: readonly string[];
  /** What one has and the other has not: an answer, as `403 AccessDenied: …`, or a member of answers, as `Role.Arn`. */
  readonly what: string;
  /** Who has it. */
  readonly only: 'recording' | 'local AWS';
}

/** A difference that is known, and why it stays. */
export interface KnownDifference extends Pick<AnswerDifference, 'service' | 'operation' | 'what' | 'only'> {
  readonly reason: string;
}

/**
 * Compares what a recording and local AWS answered to the same steps: for each operation, all answers of refusals with their words, and all
 * members of answers. How often a command asked, and the values, differ by nature; so does whether it asked at all in one step, for what it
 * waits for may be over before it asks. An operation that one of both was asked in no step is a difference.
 */
export function compareRecordings(
  recording: ConformanceRecording,
  local: ConformanceRecording,
): readonly AnswerDifference[] {
  const [recorded, answered] = [factsOf(recording), factsOf(local)];
  // A step that one of them left out says nothing.
  const steps = [...recorded.keys()].filter((step) => answered.has(step));
  const found = new Map<string, AnswerDifference>();
  const add = (operation: Operation, what: string, step: string, only: AnswerDifference['only']) => {
    const id = JSON.stringify([operation.service, operation.operation, what, only]);
    const earlier = found.get(id)?.steps ?? [];
    found.set(id, { ...operation, what, only, steps: [...earlier, step] });
  };
  const sides = [
    { only: 'recording', facts: recorded, others: answered },
    { only: 'local AWS', facts: answered, others: recorded },
  ] as const;
  for (const { only, facts, others } of sides) {
    const asked = new Set(steps.flatMap((step) => [...(others.get(step)?.keys() ?? [])]));
    for (const step of steps) {
      for (const [id, { operation, whats }] of facts.get(step) ?? []) {
        const other = others.get(step)?.get(id);
        if (other !== undefined) {
          for (const what of whats) if (!other.whats.has(what)) add(operation, what, step, only);
        } else if (!asked.has(id)) add(operation, NEVER_ASKED, step, only);
      }
    }
  }
  return [...found.values()];
}

/** Splits differences by whether they are known, and lists what is known and was not found. */
export function sortDifferences(differences: readonly AnswerDifference[], known: readonly KnownDifference[]) {
  const idOf = ({
    service,
    operation,
    what,
    only,
  }: Pick<AnswerDifference, 'service' | 'operation' | 'what' | 'only'>) =>
    JSON.stringify([service, operation, what, only]);
  const ids = new Map(known.map((each) => [idOf(each), each]));
  const found = new Set(differences.map(idOf));
  return {
    unknown: differences.filter((each) => !ids.has(idOf(each))),
    explained: differences.flatMap((each) => {
      const reason = ids.get(idOf(each))?.reason;
      return reason === undefined ? [] : [{ ...each, reason }];
    }),
    outdated: known.filter((each) => !found.has(idOf(each))),
  };
}

/** What a difference says of an operation that the other side was asked in no step. */
const NEVER_ASKED = 'at all: the other was never asked';

type Operation = Pick<Exchange, 'service' | 'operation'>;

/** What was answered to an operation in one step: each answer, and each member. */
interface Facts {
  readonly operation: Operation;
  readonly whats: Set<string>;
}

/** The facts of each step, by service and operation. */
function factsOf({ exchanges }: ConformanceRecording): ReadonlyMap<string, ReadonlyMap<string, Facts>> {
  const steps = new Map<string, Map<string, Facts>>();
  for (const exchange of exchanges) {
    if (isPassing(exchange)) continue;
    const { step, service, operation } = exchange;
    const operations = steps.get(step) ?? new Map<string, Facts>();
    steps.set(step, operations);
    const id = JSON.stringify([service, operation]);
    const facts = operations.get(id) ?? { operation: { service, operation }, whats: new Set() };
    operations.set(id, facts);
    for (const what of factsOfAnswer(exchange)) facts.whats.add(what);
  }
  return steps;
}

/** Whether an answer says that a service was busy. */
function isPassing({ answer }: Exchange): boolean {
  return answer.status === 429 || /Throttl|TooManyRequests|RequestLimitExceeded/.test(errorCode(answer));
}

function factsOfAnswer({ answer }: Exchange): readonly string[] {
  if (answer.status < 400) return [String(answer.status), ...membersOf(answer.body)];
  const message = find(answer.body, /^message$/i);
  return [`${answer.status} ${errorCode(answer)}${message === undefined ? '' : `: ${plain(message)}`}`];
}

function errorCode({ errorType, body }: Exchange['answer']): string {
  const code = errorType ?? find(body, /^(?:code|__type|type)$/i);
  return code === undefined ? '' : plain(code);
}

/** The first text of a member, at any depth. */
function find(value: RedactedValue | undefined, name: RegExp): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const found = name.test(key) && typeof member === 'string' ? member : find(member, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The numbers of pseudonyms belong to one recording. */
function plain(text: string): string {
  return text.replaceAll(/‹([a-z]+) \d+›/g, '‹$1›');
}

/** Whether an answer has a further page depends on how much there is. */
const PAGING = new Set(['NextToken', 'Marker', 'position']);

/** The paths of all members, without positions in lists; a member with the owner's name is `*`. */
function membersOf(value: RedactedValue | undefined, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => membersOf(item, path));
  return Object.entries(value).flatMap(([name, member]) => {
    if (PAGING.has(name)) return [];
    const own = name.includes('‹') && name !== '‹json›' ? '*' : name;
    // XML has a list of one as its item.
    const inner = own === 'member' || own === 'item' ? path : [path, own].filter(Boolean).join('.');
    return [inner, ...membersOf(member, inner)].filter(Boolean);
  });
}
