import { styleText } from 'node:util';

/**
 * Runs a step that takes a while, and prints its name, also while it runs if the output is a terminal.
 * @throws what the step throws
 */
export async function runStep<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const { stdout } = process;
  const start = performance.now();
  const seconds = () => styleText('dim', `${((performance.now() - start) / 1_000).toFixed(1)} s`);
  const clear = stdout.isTTY ? '\r\x1b[K' : '';
  const draw = () => stdout.write(`${clear}${styleText('cyan', '…')} ${name} ${seconds()}`);
  const timer = stdout.isTTY ? setInterval(draw, 100) : undefined;
  let mark = styleText('red', '✘');
  try {
    if (stdout.isTTY) draw();
    const result = await work();
    mark = styleText('green', '✔');
    return result;
  } finally {
    clearInterval(timer);
    stdout.write(`${clear}${mark} ${name} ${seconds()}\n`);
  }
}
