import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { UsageError } from '../../command-line.ts';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 2 ** 20;

const published = v.object({ repository: v.object({ url: v.string(), directory: v.string() }) });

/** Where the change log of a package is. */
export interface ChangelogLocation {
  /** @example 'cross-account-api/cross-account-api' */
  readonly repository: string;
  /** Its folder in the repository. */
  readonly directory: string;
}

/**
 * Reads from the package.json of an installed package where its repository is.
 * @throws UsageError if it is not installed, or not on GitHub
 */
export async function placeOf(name: string, root: string): Promise<ChangelogLocation> {
  const file = join(root, 'node_modules', name, 'package.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) throw new UsageError(`${name} is not installed. Install the packages: npm ci`);
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), published), text);
  const [, repository] = read.success
    ? (/^(?:git\+)?https:\/\/github\.com\/([\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(read.output.repository.url) ??
      [])
    : [];
  if (!read.success || repository === undefined) {
    throw new UsageError(
      `${name} names no repository on GitHub. Read the change log from a clone: --clone DIR`,
    );
  }
  return { repository, directory: read.output.repository.directory };
}

/**
 * Reads the change log of the repository's default branch.
 * @param get the global `fetch`; another one for tests
 * @returns the reason if it cannot be read
 */
export async function readChangelog(
  { repository, directory }: ChangelogLocation,
  get: typeof fetch = fetch,
): Promise<string | { readonly unread: string }> {
  const url = `https://raw.githubusercontent.com/${repository}/HEAD/${directory}/CHANGELOG.md`;
  try {
    const response = await get(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) return { unread: `${url} answered ${response.status}` };
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_BYTES) return { unread: `${url} is longer than 1 MiB` };
    }
    return text;
  } catch (error) {
    const { cause } = error as Error;
    const reason = cause instanceof Error ? cause.message : String((error as Error).message);
    return { unread: `${new URL(url).host} cannot be reached: ${reason}` };
  }
}

/** Reads the change log of a clone on this machine. @returns the reason if it cannot be read */
export async function readChangelogOfClone(
  clone: string,
  { directory }: Pick<ChangelogLocation, 'directory'>,
): Promise<string | { readonly unread: string }> {
  const file = join(clone, directory, 'CHANGELOG.md');
  return readFile(file, 'utf8').catch(() => ({ unread: `${file} cannot be read` }));
}
