import { setTimeout } from 'node:timers/promises';
import { invokeCaller, type TestBed } from './test-bed.testing.ts';

/**
 * Calls both routes again and again while something changes. Functions start cold and credentials expire all the time.
 * @returns the answers of the callers, and each AssumeRole and API request, even one that was refused and then hidden by a retry
 */
export async function callsDuring(bed: TestBed, change: () => Promise<void>) {
  const before = bed.aws.trace.events().length;
  bed.aws.faults.set({
    maxSessionSeconds: 3,
    rules: [
      {
        match: { function: '*-local*' },
        every: 3,
        effect: { type: 'kill-function', when: 'idle' },
      },
    ],
  });
  let changing = true;
  const callers = [{}, { operation: 'getSender' }].map(async (event) => {
    const answers = [];
    // The pause leaves some CPU time to the change.
    for (; changing; await setTimeout(500)) answers.push(await invokeCaller(bed, event));
    return answers;
  });
  try {
    await change();
  } finally {
    changing = false;
  }
  const answers = await Promise.all(callers);
  bed.aws.faults.clear();
  const events = bed.aws.trace
    .events()
    .slice(before)
    .filter(({ operation, service }) => operation === 'AssumeRole' || service === 'execute-api');
  return { answers, events };
}
