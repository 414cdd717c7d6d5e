import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { edit, invokeCaller, replaceFile, type TestBed } from './test-bed.testing.ts';

/**
 * Makes calls again and again while something changes. Functions start cold and credentials expire all the time.
 * @param change gets a function that waits until each caller has begun and finished a call. So each state gets calls, and no call that began
 * before a state outlives it, however fast the changes are
 * @param events makes the event of each call, one function for each caller
 * @returns the answers of the callers, and each AssumeRole and API request, even one that was refused and then hidden by a retry
 */
export async function callsDuring(
  bed: TestBed,
  change: (eachCalls: () => Promise<void>) => Promise<void>,
  events: readonly (() => object)[] = [() => ({}), () => ({ operation: 'getSender' })],
) {
  const before = bed.aws.calls().length;
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
  const callers = events.map((event) => ({ event, begun: 0, finished: 0 }));
  const loops = callers.map(async (caller) => {
    const answers = [];
    try {
      // The pause leaves some CPU time to the change.
      for (; changing; await setTimeout(500)) {
        caller.begun += 1;
        answers.push(await invokeCaller(bed, caller.event()));
        caller.finished += 1;
      }
    } finally {
      caller.finished = Number.POSITIVE_INFINITY;
    }
    return answers;
  });
  const eachCalls = async () => {
    const next = callers.map(({ begun }) => begun + 1);
    while (callers.some(({ finished }, index) => finished < (next[index] ?? 0))) await setTimeout(20);
  };
  try {
    await change(eachCalls);
  } finally {
    changing = false;
  }
  const answers = await Promise.all(loops);
  bed.aws.faults.clear();
  const requests = bed.aws
    .calls()
    .slice(before)
    .filter(({ operation, service }) => operation === 'AssumeRole' || service === 'execute-api');
  return { answers, events: requests };
}

/** Makes calls during a change, in each of its states. @returns the answers to the calls that failed */
export async function failedCallsIn(
  bed: TestBed,
  ...states: readonly (() => Promise<unknown>)[]
): Promise<readonly unknown[]> {
  const { answers } = await callsDuring(bed, async (eachCalls) => {
    for (const state of states) {
      await state();
      await eachCalls();
    }
  });
  const all = answers.flat().map(({ payload }) => payload);
  expect(all.length).toBeGreaterThan(states.length);
  return all.filter((payload) => (payload as { status?: number } | null)?.status !== 200);
}

/** Lets the caller's role assume further roles while work is done, by a statement in its serverless.yml. */
export async function whileAssuming(
  { project }: TestBed,
  roleArns: readonly string[],
  work: () => Promise<unknown>,
): Promise<void> {
  const statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArns };
  const line = `\n    iamRoleStatements: ${JSON.stringify([statement])}`;
  const property = '    takesOperations: true';
  await edit(project, 'services/caller/serverless.yml', property, `${property}${line}`);
  try {
    await work();
  } finally {
    const file = join(project.root, 'services/caller/serverless.yml');
    await replaceFile(file, (await readFile(file, 'utf8')).replace(line, ''));
  }
}
