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
 * members of answers. How often a command asked, and the values, differ by nature. What a command polls is compared over all steps
 * together: which states it sees in one step depends on the time.
 */
export function compareRecordings(
  recording: ConformanceRecording,
  local: ConformanceRecording,
): readonly AnswerDifference[] {
  // A step that one of them left out says nothing.
  const [left, right] = [stepsOf(recording), stepsOf(local)];
  const common = new Set([...left].filter((step) => right.has(step)));
  const [recorded, answered] = [factsOf(recording, common), factsOf(local, common)];
  const found = new Map<string, AnswerDifference>();
  const add = (fact: Fact, step: string, only: AnswerDifference['only']) => {
    const { service, operation, what } = fact;
    const id = JSON.stringify([service, operation, what, only]);
    const earlier = found.get(id)?.steps ?? [];
    found.set(id, { service, operation, what, only, steps: [...earlier, step] });
  };
  for (const step of new Set([...recorded.keys(), ...answered.keys()])) {
    const [facts, others] = [recorded.get(step), answered.get(step)];
    for (const [id, fact] of facts ?? []) if (!others?.has(id)) add(fact, step, 'recording');
    for (const [id, fact] of others ?? []) if (!facts?.has(id)) add(fact, step, 'local AWS');
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

interface Fact {
  readonly service: string;
  readonly operation: string;
  readonly what: string;
}

/** What commands ask again and again until something is over. */
const POLLED = new Set(['DescribeStacks', 'DescribeStackEvents', 'DescribeChangeSet', 'GetFunction']);
const ALL_STEPS = 'all steps';

function stepsOf({ exchanges }: ConformanceRecording): ReadonlySet<string> {
  return new Set(exchanges.map(({ step }) => step));
}

/** The facts of each of these steps, by an ID. */
function factsOf(
  { exchanges }: ConformanceRecording,
  taken: ReadonlySet<string>,
): ReadonlyMap<string, ReadonlyMap<string, Fact>> {
  const steps = new Map<string, Map<string, Fact>>();
  for (const exchange of exchanges) {
    const { service, operation } = exchange;
    if (isPassing(exchange) || !taken.has(exchange.step)) continue;
    const step = POLLED.has(operation) ? ALL_STEPS : exchange.step;
    const facts = steps.get(step) ?? new Map<string, Fact>();
    steps.set(step, facts);
    for (const what of factsOfAnswer(exchange)) {
      facts.set(JSON.stringify([service, operation, what]), { service, operation, what });
    }
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
