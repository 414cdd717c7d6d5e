import { createHmac } from 'node:crypto';
import { awsDomains } from '@cross-account-api/iam';
import { XMLParser } from 'fast-xml-parser';

/** What decides which texts a recording may have. */
export interface Redaction {
  /** The key of the pseudonyms: one for a recording. */
  readonly key: string;
  /** Public words: {@link readVocabulary}. */
  readonly vocabulary: ReadonlySet<string>;
  /** The owner's own values, such as names and external IDs. They are hidden although they may consist of public words. */
  readonly known: readonly string[];
}

/** A value of JSON. */
export type RedactedValue =
  | null
  | boolean
  | number
  | string
  | readonly RedactedValue[]
  | { readonly [name: string]: RedactedValue };

/** Longer texts, such as templates, are cut out. */
const MAX_TEXT = 20_000;
const MAX_DEPTH = 40;
/** A pseudonym, or what takes the place of a value that differs each time. */
const PSEUDONYM = /‹[a-z]+(?::[0-9a-f]{16})?›/g;

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  processEntities: { enabled: true, maxTotalExpansions: 1_000_000 },
  htmlEntities: true,
});

/**
 * What text is made of, in the order in which it is tried. A part that is none of these is punctuation.
 * A region is told by its form, so one that AWS announces later is hidden, too.
 */
const PARTS = new RegExp(
  [
    String.raw`(?<id>(?<![\p{L}\p{N}])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\p{L}\p{N}]))`,
    String.raw`(?<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?|(?<!\d)\d{8}T\d{6}Z|\p{L}{3}, \d\d \p{L}{3} \d{4} \d\d:\d\d:\d\d GMT)`,
    String.raw`(?<address>(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|(?<![\p{L}\p{N}:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\p{L}\p{N}:]))`,
    String.raw`(?<region>(?<![\p{L}\p{N}_-])[a-z]{2,4}(?:-[a-z]{3,10}){1,2}-\d{1,2}(?![\p{L}\p{N}_-]))`,
    String.raw`(?<account>(?<![\p{L}\p{N}_-])\d{12}(?![\p{L}\p{N}]))`,
    String.raw`(?<number>(?<![\p{L}\p{N}_-])\d(?:[\d.,: -]*\d)?(?![\p{L}\p{N}_-]))`,
    String.raw`(?<word>[\p{L}\p{N}\p{M}_+=~-]+)`,
  ].join('|'),
  'gu',
);

/**
 * Hides everything in a text but public words, short numbers and punctuation. The same text has the same pseudonym in a recording, so a reader
 * still sees which names are equal.
 * @example redactText('arn:aws:iam::111122223333:role/orders', redaction) // 'arn:aws:iam::‹account:…›:role/‹value:…›'
 */
export function redactText(text: string, redaction: Redaction): string {
  const { known } = redaction;
  let rest = text;
  let result = '';
  // The longest of the values that begin first.
  while (rest !== '') {
    let at = -1;
    let found = '';
    for (const value of known) {
      const index = value === '' ? -1 : indexOfName(rest, value);
      if (index === -1 || (at !== -1 && (index > at || (index === at && value.length <= found.length))))
        continue;
      [at, found] = [index, value];
    }
    if (at === -1) return result + redactWords(rest, redaction);
    result +=
      redactWords(rest.slice(0, at), redaction) +
      pseudonym(/^\d{12}$/.test(found) ? 'account' : 'value', found, redaction);
    rest = rest.slice(at + found.length);
  }
  return result;
}

/** Where a text has a name that no letter or digit continues. */
function indexOfName(text: string, name: string): number {
  const continues = (character: string | undefined) =>
    character !== undefined && /[\p{L}\p{N}]/u.test(character);
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    if (!continues(text[at - 1]) && !continues(text[at + name.length])) return at;
  }
  return -1;
}

function redactWords(text: string, redaction: Redaction): string {
  let result = '';
  let end = 0;
  for (const match of text.matchAll(PARTS)) {
    const [part] = match;
    result += text.slice(end, match.index).replaceAll(/[‹›]/g, '·');
    end = match.index + part.length;
    result += redactPart(part, match.groups ?? {}, redaction);
  }
  return result + text.slice(end).replaceAll(/[‹›]/g, '·');
}

function redactPart(
  part: string,
  groups: Readonly<Record<string, string | undefined>>,
  redaction: Redaction,
): string {
  const { vocabulary } = redaction;
  if (vocabulary.has(part)) return part;
  if (groups.id !== undefined) return '‹id›';
  if (groups.time !== undefined) return '‹time›';
  if (groups.address !== undefined) return /[\p{L}\p{N}]/u.test(part) ? '‹address›' : part;
  if (groups.region !== undefined) return pseudonym('region', part, redaction);
  if (groups.account !== undefined) return pseudonym('account', part, redaction);
  if (groups.number !== undefined) return part.replaceAll(/\D/g, '').length <= 3 ? part : '‹number›';
  const isPublic = part
    .split(/[-_+=~]/)
    .every(
      (word) =>
        word === '' ||
        vocabulary.has(word) ||
        (/^[A-Z][a-z]+$/.test(word) && vocabulary.has(word.toLowerCase())),
    );
  return isPublic ? part : pseudonym('value', part, redaction);
}

function pseudonym(kind: 'account' | 'region' | 'value', text: string, { key }: Redaction): string {
  return `‹${kind}:${createHmac('sha256', key).update(text).digest('hex').slice(0, 16)}›`;
}

/**
 * Hides the values of a structure, at any depth: also of JSON in texts, and of policies that IAM sends with percent signs. Names of members
 * are hidden if they are no public words.
 */
export function redactValue(value: unknown, redaction: Redaction, depth = 0): RedactedValue {
  if (depth > MAX_DEPTH) return '‹deep›';
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (Number.isInteger(value) && Math.abs(value) < 1_000) return value;
    return redactText(String(value), redaction);
  }
  if (typeof value === 'string') return redactString(value, redaction, depth);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redaction, depth + 1));
  if (typeof value !== 'object') return '‹nothing›';
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      redactText(name, redaction),
      // Each event of a stack has the properties of its resource, as the template has them.
      name === 'ResourceProperties' ? '‹template›' : redactValue(member, redaction, depth + 1),
    ]),
  );
}

function redactString(text: string, redaction: Redaction, depth: number): RedactedValue {
  if (/^%7B/i.test(text)) {
    const decoded = tried(() => decodeURIComponent(text));
    if (decoded !== undefined) return redactString(decoded, redaction, depth + 1);
  }
  if (/^\s*[[{]/.test(text)) {
    const parsed = tried(() => JSON.parse(text) as unknown);
    if (typeof parsed === 'object' && parsed !== null) {
      // A template is the owner's whole design, and its stack's resources are in other answers.
      if ('Resources' in parsed) return '‹template›';
      return { '‹json›': redactValue(parsed, redaction, depth + 1) };
    }
  }
  return text.length > MAX_TEXT ? '‹text›' : redactText(text, redaction);
}

/**
 * Hides the values of a body: JSON, XML, the form of AWS's query protocol, or text.
 * @param contentType as its header says. AWS's bodies are recognized without it
 */
export function redactBody(
  body: Buffer,
  contentType: string,
  redaction: Redaction,
): RedactedValue | undefined {
  if (body.length === 0) return undefined;
  const text = tried(() => new TextDecoder('utf-8', { fatal: true }).decode(body));
  if (text === undefined) return '‹bytes›';
  const json = /^\s*[[{"]/.test(text) ? tried(() => JSON.parse(text) as unknown) : undefined;
  if (json !== undefined) return redactValue(json, redaction);
  if (/^\s*</.test(text)) {
    const xml = tried(() => parser.parse(text) as unknown);
    if (xml !== undefined) return redactValue(xml, redaction);
  }
  if (contentType.includes('x-www-form-urlencoded')) {
    return redactValue(Object.fromEntries(new URLSearchParams(text)), redaction);
  }
  return text.length > MAX_TEXT ? '‹text›' : redactText(text, redaction);
}

function tried<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/**
 * Numbers the pseudonyms of a recording in the order in which they appear, so the key can be thrown away and two recordings can be read side by
 * side.
 * @example renumber('‹value:8d0c…› ‹value:11ab…› ‹value:8d0c…›') // '‹value 1› ‹value 2› ‹value 1›'
 */
export function renumber(text: string): string {
  const numbers = new Map<string, Map<string, number>>();
  return text.replaceAll(PSEUDONYM, (each) => {
    const [kind = '', hash] = each.slice(1, -1).split(':');
    if (hash === undefined) return each;
    const ofKind = numbers.get(kind) ?? new Map<string, number>();
    numbers.set(kind, ofKind);
    if (!ofKind.has(hash)) ofKind.set(hash, ofKind.size + 1);
    return `‹${kind} ${ofKind.get(hash)}›`;
  });
}

/** Whether a host is one of AWS's: only these are recorded, and what an emulator on this machine takes in their place. */
export function isRecordedHost(host: string): boolean {
  return (
    awsDomains.some((domain) => host.endsWith(`.${domain}`)) ||
    ['127.0.0.1', 'localhost', '::1'].includes(host)
  );
}
