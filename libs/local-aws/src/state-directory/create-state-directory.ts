import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, readlink, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { quoteForShell } from '@cross-account-api/command-line/text';
import { defined } from '../core/defined.ts';
import { earlierTraceFile } from '../trace/file.ts';
import {
  formatConfig,
  formatCredentials,
  formatShell,
  type Profile,
  pointToLocalAws,
} from './environment.ts';
import {
  formatInstance,
  parseInstance,
  type RunningInstance,
  readStateDirectory,
} from './read-state-directory.ts';
import {
  isOfAnotherUser,
  isTemporary,
  notWritable,
  readOwnFile,
  readSmallFile,
  StateDirectoryError,
  whyUntrusted,
  withLock,
  writeAtomically,
} from './safe-files.ts';
import { ROOT_VARIABLE, type StateFiles, stateFiles } from './state-files.ts';

interface Publication extends Pick<RunningInstance, 'port' | 'region' | 'profile'> {
  readonly organizationId?: string | undefined;
  readonly certificatePem: string;
  readonly profiles: readonly Profile[];
  readonly controlToken: string;
}

/**
 * Makes `.local-aws/` below `root` (0700, files 0600), claims it for this process until it is closed, and empties the trace.
 * @throws StateDirectoryError
 */
export async function createStateDirectory(root: string) {
  const files = stateFiles(resolve(root));
  const identity = {
    version: 1,
    instanceId: randomUUID(),
    pid: process.pid,
    startedAt: new Date().toISOString(),
  } as const;

  await makeDirectory(files.directory);
  const directory = await followDirectory(files.directory);
  const note = await claim(root, files, formatInstance({ status: 'starting', ...identity })).catch(
    async (error: unknown) => {
      await directory.close();
      throw error;
    },
  );
  const prepare = async () => {
    await removeSecrets(files);
    const token = await readOwnFile(files.controlToken);
    await writeAtomically(files.trace, '');
    await rm(earlierTraceFile(files.trace), { force: true });
    // The project's .gitignore may not list the directory, and it must never be committed.
    await writeAtomically(join(files.directory, '.gitignore'), '*\n');
    return token;
  };
  const earlierControlToken = await prepare().catch(async (error: unknown) => {
    // A claim that stays would keep the next start out.
    await release(directory, identity.instanceId).catch(() => {});
    throw error;
  });

  let closed: Promise<void> | undefined;
  return {
    /** The listener's health path must answer with it. */
    instanceId: identity.instanceId,
    files,
    /** A message about an earlier state directory that was replaced. */
    note,
    /** Absent if other users may have read or written it. */
    earlierControlToken: earlierControlToken?.trim(),
    /** Writes all files, `endpoint.json` last: others then find the instance, so its port must answer. @throws TypeError */
    async publish(publication: Publication): Promise<RunningInstance> {
      const { port, region, certificatePem, profiles, organizationId, profile, controlToken } = publication;
      const instance = {
        status: 'running',
        ...identity,
        port,
        url: `http://127.0.0.1:${port}`,
        region,
        profile,
        accounts: profiles.map(({ profile, accountId }) => ({ profile, accountId })),
        ...defined({ organizationId }),
      } as const satisfies RunningInstance;
      const { url } = instance;
      // Makes all texts before it writes the first file: an invalid value must not leave only some of the files.
      const texts: [path: string, text: string][] = [
        [files.config, formatConfig(profiles, region, url)],
        [files.credentials, formatCredentials(profiles)],
        [files.ca, certificatePem],
        [files.controlToken, `${controlToken}\n`],
        [files.env, formatShell(pointToLocalAws({ url, region, profile, files }))],
        [files.endpoint, formatInstance(instance)],
      ];
      for (const [path, text] of texts) await writeAtomically(path, text);
      return instance;
    },
    /** Programs that start afterwards trust them. */
    publishCertificates: (certificatePem: string) => writeAtomically(files.ca, certificatePem),
    /**
     * Removes all files except the trace and the control token, also if their folder was moved. Can be called at any time, also twice.
     * @throws StateDirectoryError that names what stays
     */
    close() {
      closed ??= release(directory, identity.instanceId);
      return closed;
    },
  };
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const message = `${dirname(directory)} is not a directory, so ${basename(directory)} cannot be made in it. Create it first, or name another.`;
      throw new StateDirectoryError('NotWritable', message, { cause: error });
    }
    if (code !== 'EEXIST') throw notWritable(directory, error);
    const stats = await lstat(directory);
    const distrust = whyUntrusted(stats);
    // Only the mode can be corrected.
    if (distrust !== undefined && !distrust.includes('written by other users')) {
      const remedy = isOfAnotherUser(stats)
        ? `Start it as that user, or name another folder with --state or ${ROOT_VARIABLE}.`
        : 'Remove it, then start again.';
      const message = `${directory} ${distrust}. Local AWS keeps keys in it, and needs a directory of this user's own. ${remedy}`;
      throw new StateDirectoryError('Untrusted', message);
    }
    await chmod(directory, 0o700).catch((reason: unknown) => {
      throw notWritable(directory, reason);
    });
  }
}

/** Claims the directory for this process, if no instance runs in it. @returns a message if it replaced an earlier one */
function claim(root: string, files: StateFiles, text: string): Promise<string | undefined> {
  return withLock(files.directory, async () => {
    // A busy one keeps this out, whether it answers or not, and the lock is held for less than 5 seconds.
    const reading = await readStateDirectory(root, { busyMs: 4_000 });
    if (reading.running) {
      const { pid, port } = reading.instance;
      const message = `Local AWS already runs here (process ${pid}, port ${port}). Stop it (Ctrl-C in its terminal, or \`kill ${pid}\`), or use it: \`source ${quoteForShell(files.env)}\`.`;
      throw new StateDirectoryError('AlreadyRunning', message);
    }
    if (reading.reason === 'starting' || reading.reason === 'busy' || reading.reason === 'unresponsive') {
      throw new StateDirectoryError('AlreadyRunning', `${reading.message} ${reading.remedy}`);
    }
    // It may be a folder.
    await rm(files.endpoint, { recursive: true, force: true });
    await writeAtomically(files.endpoint, text);
    return reading.reason === 'none'
      ? undefined
      : `Replaced what an earlier local AWS left in ${files.directory}: ${reading.message}`;
  });
}

/** A state directory that may be moved while local AWS runs. */
interface FollowedDirectory {
  /** Its files as they are now; `undefined` if it was removed. @throws StateDirectoryError if its place is not known */
  files(): Promise<StateFiles | undefined>;
  close(): Promise<void>;
}

/** Follows a directory by a handle. Only Linux tells where the directory of a handle is. */
async function followDirectory(path: string): Promise<FollowedDirectory> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY).catch((error: unknown) => {
    throw notWritable(path, error);
  });
  const { ino, dev } = await handle.stat();
  const isThere = async (place: string) => {
    const stats = await lstat(place).catch(() => undefined);
    return stats?.ino === ino && stats.dev === dev;
  };
  return {
    async files() {
      if (await isThere(path)) return stateFiles(dirname(path));
      if ((await handle.stat()).nlink === 0) return undefined;
      const moved = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => '');
      if (await isThere(moved)) return stateFiles(dirname(moved));
      const message = `${path} was moved while local AWS ran, and still has its keys. They are worth nothing elsewhere. Delete the folder where it is now.`;
      throw new StateDirectoryError('NotWritable', message);
    },
    close: () => handle.close(),
  };
}

async function release(directory: FollowedDirectory, instanceId: string): Promise<void> {
  try {
    const files = await directory.files();
    if (files === undefined) return;
    const text = await readSmallFile(files.endpoint).catch(() => undefined);
    // Another instance has replaced this one, and owns the files now.
    if (text !== undefined && namesAnother(text, instanceId)) return;
    await removeAll([files.endpoint, ...(await secretsIn(files))]);
  } finally {
    await directory.close();
  }
}

/** Whether `endpoint.json` names another instance. */
function namesAnother(text: string, instanceId: string): boolean {
  const instance = parseInstance(text);
  return instance !== undefined && instance.instanceId !== instanceId;
}

/** Removes keys (not the control token), addresses, and temporary files of a process that died while it wrote them. */
async function removeSecrets(files: StateFiles): Promise<void> {
  await removeAll(await secretsIn(files));
}

async function secretsIn({
  directory,
  env,
  credentials,
  config,
  ca,
  browser,
}: StateFiles): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return [
    env,
    credentials,
    config,
    ca,
    browser,
    ...names.filter(isTemporary).map((name) => join(directory, name)),
  ];
}

/** Removes as many files as possible. @throws StateDirectoryError that names those that stay */
async function removeAll(paths: readonly string[]): Promise<void> {
  const failures: { readonly path: string; readonly error: unknown }[] = [];
  for (const path of paths) {
    await rm(path, { force: true, recursive: isTemporary(basename(path)) }).catch((error: unknown) => {
      failures.push({ path, error });
    });
  }
  const [first, ...others] = failures;
  if (first === undefined) return;
  const { message } = notWritable(first.path, first.error);
  const also = others.map(({ path }) => path).join(', ');
  throw new StateDirectoryError(
    'NotWritable',
    also === '' ? message : `${message} The same holds for ${also}.`,
    {
      cause: first.error,
    },
  );
}
