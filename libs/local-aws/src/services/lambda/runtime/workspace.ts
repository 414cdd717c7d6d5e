import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { checkSpawned } from '../../../core/check-spawned.ts';
import { createTemporaryFolder, PROCESS_MARK } from '../../../temporary/index.ts';

/** The beginning of the names of the files by which processes tell that they have started others. */
const STARTED = 'started-';

/**
 * A shell script. When the server ends, its end of the pipe closes: the script kills the registered process groups, kills what
 * functions started in other groups, and removes the folder. Frozen processes cannot notice that their parent ended, and the
 * terminal's signals do not reach their process groups. If the script is killed too, the next start of local AWS does the same.
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
# Prints ID and process group of each process with a mark in this folder.
marked() {
  if [ -e /proc/self/environ ]; then
    for pid in $(grep -lsF "${PROCESS_MARK}=$1/" /proc/[0-9]*/environ | tr -dc '0-9\\n'); do
      read -r stat 2>/dev/null <"/proc/$pid/stat" && set -- \${stat##*)} && echo "$pid $3"
    done
  else
    # The whole mark is in no command line, or awk would find itself.
    FOLDER="$1" awk 'BEGIN {
      while (("ps -axEww -o pid=,pgid=,command=" | getline) > 0) if (index($0, "${PROCESS_MARK}=" ENVIRON["FOLDER"] "/")) print $1, $2
    }'
  fi
}
kill_marked() {
  for round in 1 2 3 4 5; do
    found=$(marked "$1")
    [ -n "$found" ] || return
    echo "$found" | while read -r pid group; do
      [ "$group" = "$$" ] || kill -s KILL -- "-$group" 2>/dev/null
      kill -s KILL "$pid" 2>/dev/null
    done
  done
}
for file in "$1"/${STARTED}*; do
  if [ -e "$file" ]; then kill_marked "$1"; fi
done
chmod -R u+w -- "$1" 2>/dev/null
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
  try {
    checkSpawned(watchdog);
  } catch (error) {
    await temporary.close();
    throw error;
  }
  const { stdin } = watchdog;
  stdin.on('error', () => {});
  watchdog.unref();
  (stdin as unknown as { unref(): void }).unref();
  return {
    /** The absolute path of the temporary folder. Only this user can read it. */
    folder: temporary.path,
    /** A new value of {@link PROCESS_MARK} for one execution environment. */
    newMark: () => path.join(temporary.path, `${STARTED}${randomUUID()}`),
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
