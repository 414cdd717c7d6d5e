import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { cookbook } from '../../libs/cli/src/project/cookbook.testing.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { callsDuring } from './calls-during.testing.ts';
import { deployPackages, packagePair } from './packaged-pair.testing.ts';
import { edit, invokeCaller, startTestBed, type TestBed } from './test-bed.testing.ts';

const handler = 'services/caller/src/caller.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({
    async copy() {
      const copy = await copyPairProject();
      // Its handler takes events by `callAsked`, as that of services/caller.
      await cp(join(cookbook, handler), join(copy.root, handler));
      return copy;
    },
  });
  await deployPackages(bed);
});
afterAll(() => bed?.close());

/** Renames the operation in the contract, its document and the handler of the API. Its route stays. */
async function rename(): Promise<void> {
  await edit(bed.project, 'services/api/src/operations.ts', 'getSender:', 'whoSent:');
  await edit(bed.project, 'services/api/src/sender.ts', 'operations.getSender', 'operations.whoSent');
  await edit(bed.project, 'services/contract/openapi.json', '"getSender"', '"whoSent"');
}

test('no call fails while an operation is renamed: first the handler takes both names, then the senders move, then the old name goes', async () => {
  await rename();
  const both = '{ ...operations, getSender: operations.whoSent }';
  await edit(bed.project, handler, 'callAsked(event, operations,', `callAsked(event, ${both},`);
  // Before the calls begin, so that these have the CPU.
  await packagePair(bed.project);

  let name = 'getSender';
  const { answers, events } = await callsDuring(
    bed,
    async (eachCalls) => {
      await bed.deploy();
      await eachCalls();
      name = 'whoSent';
      await eachCalls();
      await edit(bed.project, handler, both, 'operations');
      await deployPackages(bed);
      await eachCalls();
    },
    [() => ({ operation: name }), () => ({ operation: 'postParcel', input: { body: { foo: 'bar' } } })],
  );
  for (const ofOne of answers) {
    expect(ofOne.length).toBeGreaterThan(2);
    for (const answer of ofOne) expect(answer).toMatchObject({ payload: { status: 200 } });
  }
  for (const event of events) expect(event).toMatchObject({ status: 200 });
});

test('the old name is then refused, before anything is sent', async () => {
  const { functionError, payload } = await invokeCaller(bed, { operation: 'getSender' });
  expect(functionError).toBe('Unhandled');
  expect(payload).toMatchObject({
    errorType: 'InvalidEvent',
    errorMessage: expect.stringMatching(
      /^operation: must be postParcel, getParcel, whoSent, not "getSender"/,
    ),
  });
});
