import type { ApiEvent } from './event.ts';

/** The parts of an event that have headers. */
export type Headers = Pick<ApiEvent, 'headers' | 'multiValueHeaders'>;

/**
 * Reads a header as it was sent, whatever the case of its name; of several values the last one, as API Gateway does.
 * @returns `undefined` if the request does not have it
 */
export function requestHeader({ headers, multiValueHeaders }: Headers, name: string): string | undefined {
  return find(headers, name) ?? find(multiValueHeaders, name)?.at(-1);
}

function find<Value>(
  headers: Readonly<Record<string, Value>> | null | undefined,
  name: string,
): Value | undefined {
  return Object.entries(headers ?? {}).find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1];
}
