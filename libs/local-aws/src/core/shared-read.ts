/**
 * Makes a function that runs `read` once at a time. Calls during a run share the next run, so each answer is at least as new as its call.
 */
export function sharedRead<Result>(read: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<unknown> | undefined;
  let next: Promise<Result> | undefined;
  const run = (): Promise<Result> => {
    const result = read().finally(() => {
      if (running === result) running = undefined;
    });
    running = result;
    return result;
  };
  return () => {
    if (running === undefined) return run();
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined;
        return run();
      });
    return next;
  };
}
