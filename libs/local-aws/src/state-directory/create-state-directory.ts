import { randomUUID } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { quoteForShell } from '@cross-account-api/iam';
import { defined } from '../core/defined.ts';
import { earlierTraceFile } from '../trace/file.ts';
import {
  formatConfig,
  formatCredentials,
  formatShell,
  type Profile,
  pointToLocalAws,
} from './environment.ts';
import { formatInstance, type RunningInstance, readStateDirectory } from './read-state-directory.ts';
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
  const note = await claim(root, files, formatInstance({ status: 'starting', ...identity }));
  await removeSecrets(files);
  const earlierControlToken = await readOwnFile(files.controlToken);
  await writeAtomically(files.trace, '');
  await rm(earlierTraceFile(files.trace), { force: true });
  // The project's .gitignore may not list the directory, and it must never be committed.
  await writeAtomically(join(files.directory, '.gitignore'), '*\n');

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
    /** Removes all files except the trace and the control token. Can be called at any time, also twice. */
    close() {
      closed ??= release(files, identity.instanceId);
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
    const reading = await readStateDirectory(root);
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

async function release(files: StateFiles, instanceId: string): Promise<void> {
  const text = await readSmallFile(files.endpoint).catch(() => undefined);
  // Another instance has replaced this one, and owns the files now.
  if (text === undefined || !text.includes(instanceId)) return;
  await rm(files.endpoint, { force: true });
  await removeSecrets(files);
}

/** Removes keys (not the control token), addresses, and temporary files of a process that died while it wrote them. */
async function removeSecrets(files: StateFiles): Promise<void> {
  for (const path of [files.env, files.credentials, files.config, files.ca]) {
    await rm(path, { force: true }).catch((error: unknown) => {
      throw notWritable(path, error);
    });
  }
  for (const name of await readdir(files.directory)) {
    if (isTemporary(name)) await rm(join(files.directory, name), { force: true, recursive: true });
  }
}
