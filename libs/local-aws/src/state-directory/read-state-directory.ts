import { once } from 'node:events';
import { existsSync, lstatSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { quoteForShell } from '@cross-account-api/command-line/text';
import * as v from 'valibot';
import { HEALTH_PATH } from '../control/control-request.ts';
import { commandName } from '../core/command-name.ts';
import { isObject } from '../core/is-object.ts';
import { MOST_ACCOUNTS } from '../core/local-account.ts';
import { parseJson } from '../core/parse-json.ts';
import { parseGap, type TraceGap } from '../trace/file.ts';
import { activityOf, hasWorked } from './process-activity.ts';
import { isOfAnotherUser, LARGEST_FILE, readSmallFile, whyUntrusted } from './safe-files.ts';
import { ROOT_VARIABLE, type StateFiles, stateFiles } from './state-files.ts';

const common = {
  version: v.literal(1),
  instanceId: v.pipe(v.string(), v.uuid()),
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
};

const accountSchema = v.object({
  profile: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{1,64}$/)),
  accountId: v.pipe(v.string(), v.regex(/^\d{12}$/)),
});

const instanceSchema = v.pipe(
  v.variant('status', [
    v.object({ status: v.literal('starting'), ...common }),
    v.object({
      status: v.literal('running'),
      ...common,
      port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
      url: v.string(),
      region: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/)),
      profile: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{1,64}$/)),
      accounts: v.pipe(v.array(accountSchema), v.maxLength(MOST_ACCOUNTS)),
      // The AWS organization of the accounts, if there is one.
      organizationId: v.exactOptional(v.pipe(v.string(), v.regex(/^o-[a-z0-9]{10,32}$/))),
    }),
  ]),
  // Only this machine: a forged file must not send requests elsewhere.
  v.check((value) => value.status === 'starting' || value.url === `http://127.0.0.1:${value.port}`),
);

/** The content of `endpoint.json`: an instance that is starting or running. It has no secrets. */
export type Instance = Readonly<v.InferOutput<typeof instanceSchema>>;

/** An instance that has started. */
export type RunningInstance = Extract<Instance, { status: 'running' }>;

/** Reads the text of `endpoint.json`; `undefined` if local AWS did not write it. */
export function parseInstance(text: string): Instance | undefined {
  const result = v.safeParse(instanceSchema, parseJson(text));
  return result.success ? result.output : undefined;
}

/** The text of `endpoint.json`. @throws TypeError if a value is not valid */
export function formatInstance(instance: Instance): string {
  const text = `${JSON.stringify(instance, null, 2)}\n`;
  if (parseInstance(text) !== undefined) return text;
  const message =
    'A value of this local AWS is not valid: its region, a profile or the ID of its organization.';
  throw new TypeError(message);
}

/** The content of a state directory, checked against the process and the port that it names. */
export type StateReading =
  | {
      readonly running: true;
      readonly instance: RunningInstance;
      readonly files: StateFiles;
      /** The calls that the trace file lacks because it cannot be written now. */
      readonly traceGap: TraceGap | undefined;
    }
  | ReturnType<typeof notRunning>;

type Reason =
  /** There is no state directory, or it names no instance. */
  | 'none'
  /** It names an instance that has ended without removing its files. */
  | 'stale'
  /** An instance has begun to start. */
  | 'starting'
  /** The instance's process runs and works, but has not answered for a long time. */
  | 'busy'
  /** The instance's process runs, but neither works nor answers. */
  | 'unresponsive'
  /** `endpoint.json` is not what local AWS writes. */
  | 'invalid'
  /** It is not a plain directory of this user, so its content is not trusted. */
  | 'untrusted';

const STARTING_MS = 60_000;
const byCommand = () => `local AWS with \`${commandName('start')}\``;

/** How long {@link readStateDirectory} waits, in milliseconds. */
export interface Patience {
  /** For a process that does nothing. Default: 2,000. */
  readonly timeoutMs?: number;
  /** For a process that works, e.g. on a large deployment. Default: 15,000. */
  readonly busyMs?: number;
}

/**
 * Finds the local AWS of `root`. Its port must answer with its ID: another program may have its process ID or port by now. A process that
 * works gets more time to answer.
 * @param look says what a process has done so far
 */
export async function readStateDirectory(
  root: string,
  { timeoutMs = 2_000, busyMs = 15_000 }: Patience = {},
  look = activityOf,
): Promise<StateReading> {
  const files = stateFiles(resolve(root));
  const { directory, endpoint } = files;
  const stats = lstatSync(directory, { throwIfNoEntry: false });
  if (stats === undefined) return notRunning('none', `No local AWS runs here: there is no ${directory}.`);
  const distrust = whyUntrusted(stats);
  if (distrust !== undefined) {
    const remedy = isOfAnotherUser(stats)
      ? `Act as that user, or start a local AWS of your own in another folder, which ${ROOT_VARIABLE} names in both commands.`
      : `Remove it (\`rm -rf ${quoteForShell(directory)}\`), then start ${byCommand()}.`;
    return notRunning('untrusted', `${directory} ${distrust}, so its content is not trusted.`, remedy);
  }
  const text = await readSmallFile(endpoint).catch((error: Error) => error);
  if (text instanceof Error) {
    const message = `${endpoint} cannot be read (${text.message}).`;
    return notRunning('untrusted', message, `Remove ${directory}, then start ${byCommand()}.`);
  }
  if (text === undefined && existsSync(files.env)) {
    const message = `${endpoint} was deleted, so it is not known whether local AWS runs here.`;
    const remedy = `If it does, end it with Ctrl-C in its terminal. Then start ${byCommand()}.`;
    return notRunning('none', message, remedy);
  }
  if (text === undefined) return notRunning('none', `No local AWS runs here: there is no ${endpoint}.`);
  const instance = parseInstance(text);
  if (instance === undefined) {
    const message = `${endpoint} is not what local AWS writes (damaged, or of another version).`;
    return notRunning('invalid', message, `Start ${byCommand()}, which replaces it.`);
  }

  const { pid } = instance;
  const stale = (why: string) =>
    notRunning('stale', `${endpoint} names a local AWS that has ended (${why}).`);
  if (!isAlive(pid)) return stale(`there is no process ${pid}`);
  if (instance.status === 'starting') {
    const age = Date.now() - Date.parse(instance.startedAt);
    if (age > STARTING_MS) return stale('it never finished its start');
    const message = `A local AWS (process ${pid}) is just starting here.`;
    return notRunning('starting', message, 'Try again in a few seconds.');
  }
  const { port, instanceId } = instance;
  const before = look(pid);
  const first = await askHealth(port, timeoutMs);
  const isBusy = first === 'timeout' && hasWorked(before, look(pid));
  const health = isBusy ? await askHealth(port, busyMs - timeoutMs) : first;
  if (health === 'refused') return stale(`nothing listens on port ${port}`);
  if (health === 'timeout') {
    const after = look(pid);
    const which = `Local AWS (process ${pid}, port ${port})`;
    if (hasWorked(before, after)) {
      const message = `${which} is busy: it has worked for ${busyMs / 1000} seconds without an answer.`;
      const remedy = `Wait, and try again. If it stays busy, press Ctrl-C twice in its terminal, or \`kill -9 ${pid}\`: all that is deployed to it goes. \`kill ${pid}\` waits until it has time.`;
      return notRunning('busy', message, remedy);
    }
    if (after?.isStopped) {
      const message = `${which} is stopped, e.g. by Ctrl-Z in its terminal.`;
      return notRunning('unresponsive', message, `Resume it with \`kill -CONT ${pid}\`, or \`fg\` there.`);
    }
    const remedy = `Stop it with \`kill ${pid}\`, or \`kill -9 ${pid}\` if it still runs after 10 seconds, then start it again with \`${commandName('start')}\`.`;
    return notRunning('unresponsive', `${which} does not answer, and does nothing.`, remedy);
  }
  if (health.instanceId !== instanceId) return stale(`port ${port} belongs to another program now`);
  return { running: true, instance, files, traceGap: parseGap(health.traceGap) };
}

/** @param remedy a whole sentence */
function notRunning(reason: Reason, message: string, remedy = `Start ${byCommand()}.`) {
  return { running: false, reason, message, remedy } as const;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it runs as another user
  }
}

/** Asks without a proxy, even if the environment names one. */
async function askHealth(
  port: number,
  timeoutMs: number,
): Promise<'refused' | 'timeout' | { readonly instanceId?: unknown; readonly traceGap?: unknown }> {
  const signal = AbortSignal.timeout(timeoutMs);
  const outgoing = request({ host: '127.0.0.1', port, path: HEALTH_PATH, agent: false, signal }).end();
  let text = '';
  try {
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    for await (const chunk of response) {
      text += chunk;
      if (text.length > LARGEST_FILE) break;
    }
  } catch {
    if (text === '') return signal.aborted ? 'timeout' : 'refused';
  }
  const health = parseJson(text);
  return isObject(health) ? health : {};
}

/** The sentences for an account that a running local AWS does not have, because nothing named it at the start. */
export function startedWithout(accountId: string): string {
  return `Local AWS was started without account ${accountId}. End it, and start it again: ${commandName('start')}`;
}

/** The folder for a state directory: that of the nearest `serverless-compose.yml`, else of the nearest `package.json`, else `from`. */
export function projectRoot(from: string): string {
  const folders = foldersUpFrom(from);
  const withFile = (name: string) => folders.find((folder) => existsSync(join(folder, name)));
  return withFile('serverless-compose.yml') ?? withFile('package.json') ?? resolve(from);
}

/** The nearest folder, upwards, in which a local AWS of this user runs, else in which one has run, else {@link projectRoot}. */
export function findRoot(from: string): string {
  const known = foldersUpFrom(from).filter(isTrusted);
  const running = known.find((folder) => existsSync(stateFiles(folder).endpoint));
  return running ?? known[0] ?? projectRoot(from);
}

function isTrusted(folder: string): boolean {
  const stats = lstatSync(stateFiles(folder).directory, { throwIfNoEntry: false });
  return stats !== undefined && whyUntrusted(stats) === undefined;
}

function foldersUpFrom(from: string): string[] {
  const folder = resolve(from);
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersUpFrom(parent)];
}
