import { randomHex } from './random-hex.ts';

const field = (name: string, form: string) => new RegExp(`(?:^|;)\\s*${name}=(${form})\\s*(?:;|$)`, 'i');
const rootField = field('Root', '1-[0-9a-f]{8}-[0-9a-f]{24}');
const parentField = field('Parent', '[0-9a-f]{16}');
const sampledField = field('Sampled', '[01]');

/**
 * Reads an X-Ray trace header. A malformed field is `undefined`.
 * @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export function parseTraceHeader(header = '') {
  const part = (form: RegExp) => form.exec(header)?.[1];
  return { root: part(rootField), parent: part(parentField), sampled: part(sampledField) };
}

/**
 * The trace header that a service passes on: of the caller's trace, or of a new one. With `tracing`, a request is sampled unless the
 * caller decided against it. With `keepsParent`, the segment stays the caller's.
 */
export function continueTrace(
  received: string | undefined,
  now: Date,
  options: { readonly tracing: boolean; readonly keepsParent: boolean },
): string {
  const { root, parent, sampled = options.tracing ? '1' : '0' } = parseTraceHeader(received);
  const seconds = Math.floor(now.getTime() / 1000).toString(16);
  const newRoot = () => `1-${seconds.padStart(8, '0')}-${randomHex(24)}`;
  const segment = options.keepsParent ? parent : undefined;
  return `Root=${root ?? newRoot()};Parent=${segment ?? randomHex(16)};Sampled=${sampled}`;
}
