import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createTemporaryFolder } from '../../../temporary/index.ts';

/**
 * A shell script. When the server ends, its end of the pipe closes: the script kills the registered process groups and removes the
 * folder. Frozen processes cannot notice that their parent ended, and the terminal's signals do not reach their process groups.
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

/** A temporary folder for execution environments, and a watchdog that ends folder and processes with the server. */
export type Workspace = Awaited<ReturnType<typeof openWorkspace>>;

/** Makes the folder and starts the watchdog. */
export async function openWorkspace() {
  const temporary = await createTemporaryFolder('lambda');
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'local-aws-watchdog', temporary.path], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
  });
  const { stdin } = watchdog;
  watchdog.on('error', () => {});
  stdin.on('error', () => {});
  watchdog.unref();
  (stdin as unknown as { unref(): void }).unref();
  return {
    /** The absolute path of the temporary folder. Only this user can read it. */
    folder: temporary.path,
    /** Registers a process group: it is killed when the server ends. */
    guard(processGroup: number): void {
      stdin.write(`+ ${processGroup}\n`);
    },
    /** Unregisters a process group that has ended: its number may be used again. */
    release(processGroup: number): void {
      if (stdin.writable) stdin.write(`- ${processGroup}\n`);
    },
    /** Kills the remaining processes, and removes the folder. */
    async close(): Promise<void> {
      const { pid, exitCode, signalCode } = watchdog;
      const isRunning = pid !== undefined && exitCode === null && signalCode === null;
      const exited = isRunning && once(watchdog, 'exit');
      watchdog.ref();
      stdin.end();
      await exited;
      await temporary.close();
    },
  };
}
