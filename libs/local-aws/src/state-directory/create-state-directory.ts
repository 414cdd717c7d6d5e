import { createHash, randomUUID } from 'node:crypto';
import { chmod, link, lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { earlierTraceFile } from '../trace/file.ts';
import { formatConfig, formatCredentials, type Profile } from './aws-files.ts';
import { formatShell, pointToLocalAws, quoteForShell } from './environment.ts';
import { StateDirectoryError } from './errors.ts';
import { formatInstance, type RunningInstance } from './instance.ts';
import { readSmallFile, readStateDirectory, whyUntrusted } from './read-state-directory.ts';
import { type StateFiles, stateFiles } from './state-files.ts';

/** After how long a lock is taken for one that a dead process left, in ms. */
const LOCK_MS = 5_000;

/** What is published about an instance that has started. */
export interface Publication {
  readonly port: number;
  readonly region: string;
  readonly certificatePem: string;
  /** The accounts' administrators. */
  readonly profiles: readonly Profile[];
  /** The profile that `env` acts as. */
  readonly profile: string;
  /** What authorizes changes to the running instance. */
  readonly controlToken: string;
}

/** A state directory that belongs to this process until it is closed. */
export interface StateDirectory {
  /** Goes into the answer of the listener's health path, as `instanceId`: so that others can tell who answers. */
  readonly instanceId: string;
  readonly files: StateFiles;
  /** What was found and replaced, for a person; `undefined` where there was nothing. */
  readonly note: string | undefined;
  /**
   * Writes config, credentials, CA certificate, control token, `env` and, last of all, `endpoint.json`; others find the instance from
   * then on, so the port must answer already.
   * @throws TypeError where a value has not the form that it must have
   * @throws StateDirectoryError (`NotWritable`)
   */
  publish(publication: Publication): Promise<RunningInstance>;
  /** Removes everything but the trace, which is worth reading afterwards. Can be called at any time, and twice. */
  close(): Promise<void>;
}

/**
 * Makes `.local-aws/` below `root` (mode 0700, files 0600), claims it for this process, and empties the trace. What an
 * instance that has died left behind is replaced.
 * @throws StateDirectoryError (`AlreadyRunning`, `Untrusted` or `NotWritable`)
 * @example
 * const state = await createStateDirectory(root);
 * const listener = await listen({ health: () => ({ instanceId: state.instanceId }), … });
 * await state.publish({ port: listener.port, … });
 */
export async function createStateDirectory(root: string): Promise<StateDirectory> {
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
  await writeAtomically(files.trace, '');
  await rm(earlierTraceFile(files.trace), { force: true });
  // The project's .gitignore may not know the directory: it is not to be committed wherever it is.
  await writeAtomically(join(files.directory, '.gitignore'), '*\n');

  let closed: Promise<void> | undefined;
  return {
    instanceId: identity.instanceId,
    files,
    note,
    async publish({ port, region, certificatePem, profiles, profile, controlToken }) {
      const instance = {
        status: 'running',
        ...identity,
        port,
        url: `http://127.0.0.1:${port}`,
        region,
        profile,
        accounts: profiles.map(({ profile, accountId }) => ({ profile, accountId })),
      } as const satisfies RunningInstance;
      const { url } = instance;
      // All texts before the first file: what is not valid leaves nothing half done.
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
      throw new StateDirectoryError('NotWritable', directory, message, { cause: error });
    }
    if (code !== 'EEXIST') throw notWritable(directory, error);
    const stats = await lstat(directory);
    const distrust = whyUntrusted(stats);
    // Its mode alone can be put right.
    if (distrust !== undefined && !distrust.includes('written by other users')) {
      const message = `${directory} ${distrust}. Local AWS keeps keys in it, and needs a directory of this user's own. Remove it, then start again.`;
      throw new StateDirectoryError('Untrusted', directory, message);
    }
    await chmod(directory, 0o700).catch((reason: unknown) => {
      throw notWritable(directory, reason);
    });
  }
}

/** Takes the directory for this process, if nobody lives in it. @returns a note on what was replaced */
async function claim(root: string, files: StateFiles, text: string): Promise<string | undefined> {
  let note: string | undefined;
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await createExclusively(files.endpoint, text)) return note;
    const judged = await readSmallFile(files.endpoint);
    const reading = await readStateDirectory(root);
    if (reading.running) {
      const { pid, port } = reading.instance;
      throw alreadyRunning(
        files,
        `Local AWS already runs here (process ${pid}, port ${port}). Stop it (Ctrl-C in its terminal, or \`kill ${pid}\`), or use it: \`source ${quoteForShell(files.env)}\`.`,
      );
    }
    if (reading.reason === 'starting' || reading.reason === 'unresponsive') {
      throw alreadyRunning(files, `${reading.message} ${reading.remedy}`);
    }
    if (reading.reason !== 'none')
      note = `Replaced what an earlier local AWS left in ${files.directory}: ${reading.message}`;
    await removeIfUnchanged(files.endpoint, judged);
  }
  throw alreadyRunning(files, `Several local AWS are starting in ${files.directory} at once. Start one.`);
}

function alreadyRunning(files: StateFiles, message: string): StateDirectoryError {
  return new StateDirectoryError('AlreadyRunning', files.directory, message);
}

/** Creates a file with all of its text at once. @returns false where there is one already */
async function createExclusively(path: string, text: string): Promise<boolean> {
  const temporary = temporaryFor(path);
  try {
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      // A file system without hard links: all the same exclusive, only not at once.
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(error.code ?? '')) throw error;
      return writeFile(path, text, { flag: 'wx', mode: 0o600 });
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw notWritable(path, error);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Removes a stale file, unless another process has put its own in its place since it was judged. Of those that judged it
 * so, one at a time looks again and removes it: moving it aside to look would make room for a third in the meantime.
 */
async function removeIfUnchanged(path: string, judged: string | undefined): Promise<void> {
  const digest = createHash('sha256')
    .update(judged ?? '')
    .digest('hex');
  const lock = join(dirname(path), `.${basename(path)}.${digest.slice(0, 16)}.lock`);
  if (!(await createExclusively(lock, ''))) {
    await delay(20);
    // Held for moments; an old one is that of a process that died.
    const stats = await lstat(lock).catch(() => undefined);
    if (stats !== undefined && Date.now() - stats.mtimeMs > LOCK_MS) await rm(lock, { force: true });
    return;
  }
  try {
    const stats = await lstat(path).catch(() => undefined);
    if (stats === undefined || (await readSmallFile(path)) !== judged) return;
    // What is a file again was made in between.
    if (judged === undefined && stats.isFile()) return;
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw notWritable(path, error);
  } finally {
    await rm(lock, { force: true });
  }
}

/** Writes a file so that readers see the old text or the new one, and a link in its place is replaced, not followed. */
async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = temporaryFor(path);
  try {
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw notWritable(path, error);
  }
}

function temporaryFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
}

function notWritable(path: string, cause: unknown): StateDirectoryError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `${path} cannot be written (${reason}). Local AWS keeps its keys and its address there. Remove it, or make it writable for this user.`;
  return new StateDirectoryError('NotWritable', path, message, { cause });
}

async function release(files: StateFiles, instanceId: string): Promise<void> {
  const text = await readSmallFile(files.endpoint).catch(() => undefined);
  // Whoever replaced this instance in the meantime owns the files now.
  if (text === undefined || !text.includes(instanceId)) return;
  await rm(files.endpoint, { force: true });
  await removeSecrets(files);
}

/** Removes keys and addresses, and temporary files of a process that died while it wrote. */
async function removeSecrets(files: StateFiles): Promise<void> {
  for (const path of [files.env, files.credentials, files.config, files.ca, files.controlToken]) {
    await rm(path, { force: true }).catch((error: unknown) => {
      throw notWritable(path, error);
    });
  }
  for (const name of await readdir(files.directory)) {
    if (/^\.(config|credentials|env|ca\.pem|control-token|trace\.jsonl)\..+\.tmp$/.test(name))
      await rm(join(files.directory, name), { force: true, recursive: true });
  }
}
