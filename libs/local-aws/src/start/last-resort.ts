import { spawn } from 'node:child_process';

/** The time that a process gets to end itself, in seconds. */
export interface GuardTimes {
  /** After SIGTERM or SIGHUP. Supervisors kill after 10 seconds (Docker) or later. Default: 8. */
  readonly afterTerm?: number;
  /** After the second Ctrl-C, which a process that takes signals obeys at once. Default: 1. */
  readonly afterSecondInterrupt?: number;
}

/**
 * Waits for the end of local AWS, which closes the pipe on file descriptor 3, or for a line on it, which says that SIGTERM arrived there.
 * A shell's `wait` returns at a signal with a trap, its `read` does not everywhere. What it waits for ignores signals of the terminal.
 */
const SCRIPT = `
exec 3<&0 </dev/null
owner=$1 after_term=$2 after_interrupt=$3 interrupts=0 ending= timer= stopper=
watch() { (trap '' INT TERM HUP; read -r _ <&3) & watcher=$!; }
kill_owner() {
  if kill -9 "$owner" 2>/dev/null; then
    echo 'Local AWS did not end by itself, and was killed. The next start removes what it has left.' >&2
  fi
}
kill_after() { (trap 'kill "$sleeper"; exit' TERM; trap '' INT HUP; sleep "$1" & sleeper=$!; wait "$sleeper" && kill_owner) & }
act() {
  if [ -n "$ending" ] && [ -z "$timer" ]; then kill_after "$after_term"; timer=$!; fi
  if [ "$interrupts" -ge 2 ] && [ -z "$stopper" ]; then kill_after "$after_interrupt"; stopper=$!; fi
}
trap 'interrupts=$((interrupts+1)); act' INT
trap 'ending=1; act' TERM HUP
watch
while :; do
  wait "$watcher"
  code=$?
  if [ "$code" -le 128 ]; then
    [ "$code" -eq 0 ] || break
    ending=1
    watch
  fi
  act
done
for each in $timer $stopper; do kill "$each" 2>/dev/null; done
`;

/**
 * Starts a small process that ends this one if it cannot end itself, because JavaScript that never returns keeps it busy. Ctrl-C reaches
 * all processes of the terminal's foreground group. A second one ends this process at once; SIGTERM and SIGHUP end it after 8 seconds.
 * The process ends with this one, and needs some 2 MB.
 */
export function guardEnd({ afterTerm = 8, afterSecondInterrupt = 1 }: GuardTimes = {}): void {
  const values = [process.pid, afterTerm, afterSecondInterrupt].map(String);
  const guard = spawn('/bin/sh', ['-c', SCRIPT, 'local-aws-guard', ...values], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { PATH: '/usr/bin:/bin' },
  });
  // Without it, everything works as long as this process takes signals.
  guard.on('error', () => {}).unref();
  // Too many open files.
  if ((guard.stdio as unknown) === undefined) return;
  guard.stdin.on('error', () => {});
  if ('unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref();
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => guard.stdin.write('ending\n'));
  }
}
