import { invalidInput, limitExceeded } from './errors.ts';

const TAGS = 50;

/** Adds tags. Keys are compared without regard to case, as IAM does. The last spelling stays. */
export function tag(
  holder: { tags: Map<string, string> },
  tags: Readonly<Record<string, string>>,
  noun: 'Role' | 'User',
): void {
  const keys = Object.keys(tags).map((key) => key.toLowerCase());
  if (new Set(keys).size !== keys.length) {
    throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  const kept = [...holder.tags].filter(([key]) => !keys.includes(key.toLowerCase()));
  if (kept.length + keys.length > TAGS) {
    throw limitExceeded(`Cannot exceed quota for TagsPer${noun}: ${TAGS}`);
  }
  holder.tags = new Map([...kept, ...Object.entries(tags)]);
}

/** Removes tags. Ignores keys that are not there. */
export function untag(holder: { readonly tags: Map<string, string> }, keys: readonly string[]): void {
  const unwanted = new Set(keys.map((key) => key.toLowerCase()));
  for (const key of [...holder.tags.keys()]) {
    if (unwanted.has(key.toLowerCase())) holder.tags.delete(key);
  }
}
