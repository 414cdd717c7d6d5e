import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Outlives the server for a moment: when the server's end of the pipe closes, by whatever death, it kills the process
 * groups that are still registered and removes the folder. A frozen process cannot see its parent die, and a process
 * group of its own gets no signal from the terminal; something that is not frozen has to watch. A shell does, in 1 MB.
 */
const WATCHDOG = `
trap '' HUP INT TERM
groups=' '
while read -r operation group; do
  case $operation in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
rm -rf -- "$1"
`;

/**
 * What execution environments need of the machine, and the guarantee that nothing of it is left: a temporary folder,
 * and process groups that die with the server.
 */
export class Workspace {
  /** Absolute path of the temporary folder, only accessible to this user. */
  readonly folder: string;
  readonly #watchdog: ChildProcess;

  private constructor(folder: string, watchdog: ChildProcess) {
    this.folder = folder;
    this.#watchdog = watchdog;
  }

  static async open(): Promise<Workspace> {
    const folder = await mkdtemp(path.join(tmpdir(), 'local-aws-lambda-'));
    const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'local-aws-watchdog', folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
    });
    watchdog.on('error', () => {});
    watchdog.stdin?.on('error', () => {});
    watchdog.unref();
    (watchdog.stdin as unknown as { unref(): void }).unref();
    return new Workspace(folder, watchdog);
  }

  /** Has a process group killed when the server dies. */
  guard(processGroup: number): void {
    this.#watchdog.stdin?.write(`+ ${processGroup}\n`);
  }

  /** The process group has ended; its number may soon be another's. */
  release(processGroup: number): void {
    if (this.#watchdog.stdin?.writable) this.#watchdog.stdin.write(`- ${processGroup}\n`);
  }

  /** Kills what is still guarded and removes the folder. */
  async close(): Promise<void> {
    const exited =
      this.#watchdog.exitCode === null &&
      this.#watchdog.signalCode === null &&
      this.#watchdog.pid !== undefined
        ? once(this.#watchdog, 'exit')
        : undefined;
    this.#watchdog.ref();
    this.#watchdog.stdin?.end();
    await exited;
    await rm(this.folder, { recursive: true, force: true });
  }
}
