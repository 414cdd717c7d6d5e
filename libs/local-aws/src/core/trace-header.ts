import { randomHex } from './random-hex.ts';

const field = (name: string, form: string) => new RegExp(`(?:^|;)\\s*${name}=(${form})\\s*(?:;|$)`, 'i');
const rootField = field('Root', '1-[0-9a-f]{8}-[0-9a-f]{24}');
const parentField = field('Parent', '[0-9a-f]{16}');
const sampledField = field('Sampled', '[01]');
// The AWS SDK for Python sends the bar percent-encoded.
const lineageField = field('Lineage', '[0-9a-f]{8}:\\d{1,3}(?:(?:\\||%7C)[0-9a-f]{8}:\\d{1,3}){0,63}');

/**
 * Reads an X-Ray trace header. A malformed field is `undefined`.
 * @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export function parseTraceHeader(header = '') {
  const part = (form: RegExp) => form.exec(header)?.[1];
  return { root: part(rootField), parent: part(parentField), sampled: part(sampledField) };
}

/** How often each function was invoked in a chain of requests, by a hash of the function. */
export type Lineage = ReadonlyMap<string, number>;

/**
 * Reads the invocations that led to a request. Lambda gives them to a function, whose AWS SDK sends them on.
 * @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export function lineageOf(header = ''): Lineage {
  const [, text] = lineageField.exec(header) ?? [];
  const entries = text?.split(/\||%7C/i).map((entry): [string, number] => {
    const [hash = '', count] = entry.split(':');
    return [hash, Number(count)];
  });
  return new Map(entries);
}

/**
 * The trace header that a service passes on: of the caller's trace, or of a new one. With `tracing`, a request is sampled unless the
 * caller decided against it. With `keepsParent`, the segment stays the caller's. Only Lambda passes on a `lineage`.
 */
export function continueTrace(
  received: string | undefined,
  now: Date,
  options: { readonly tracing: boolean; readonly keepsParent: boolean; readonly lineage?: Lineage },
): string {
  const { root, parent, sampled = options.tracing ? '1' : '0' } = parseTraceHeader(received);
  const seconds = Math.floor(now.getTime() / 1000).toString(16);
  const newRoot = () => `1-${seconds.padStart(8, '0')}-${randomHex(24)}`;
  const segment = options.keepsParent ? parent : undefined;
  const lineage = [...(options.lineage ?? [])].map(([hash, count]) => `${hash}:${count}`).join('|');
  const own = `Root=${root ?? newRoot()};Parent=${segment ?? randomHex(16)};Sampled=${sampled}`;
  return lineage === '' ? own : `${own};Lineage=${lineage}`;
}
