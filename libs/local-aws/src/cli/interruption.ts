/** The exit code of a command that Ctrl-C has ended, as shells have it. */
export const INTERRUPTED = 130;

/** `npm run` passes on the signal that the terminal has sent to the command already. */
const SAME_KEY_MS = 1_000;

/** Says at once that Ctrl-C was seen, and aborts the signal that it returns. A second Ctrl-C ends the command at once. */
export function listenForInterruption(): AbortSignal {
  const stop = new AbortController();
  let firstAt = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) {
        if (performance.now() - firstAt > SAME_KEY_MS) process.exit(INTERRUPTED);
        return;
      }
      firstAt = performance.now();
      process.stderr.write('\nEnding what was started. Ctrl-C again ends at once.\n');
      stop.abort();
    });
  }
  return stop.signal;
}
