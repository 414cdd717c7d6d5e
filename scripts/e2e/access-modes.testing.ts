import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callsDuring } from './calls-during.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, invokeCaller, startTestBed, type TestBed } from './test-bed.testing.ts';

const ORGANIZATION = 'o-a1b2c3d4e5';

/** The role of the caller. */
export const CALLER = 'shop-local';

/** A further caller, in the form of a stage's settings. */
export const callers = {
  billing: {
    accountId: CALLER_ACCOUNT,
    roleName: 'team/billing',
    externalId: 'billing-id',
    routes: ['GET /sender'],
  },
};

/** Starts a local AWS with an organization, from which nothing was deployed. */
export const startBedWithOrganization = (): Promise<TestBed> =>
  startTestBed({
    organization: {
      id: ORGANIZATION,
      accounts: [{ accountId: API_ACCOUNT }, { accountId: CALLER_ACCOUNT }],
    },
  });

/** Changes the settings of stage `local`. */
export const setMode = (
  bed: TestBed,
  accessMode: string,
  previousAccessMode?: string,
  further: object = {},
  settings: object = {},
) =>
  writeFile(
    join(bed.project.root, 'services/stages.yml'),
    JSON.stringify({
      local: {
        accessMode,
        previousAccessMode,
        organizationId: ORGANIZATION,
        callers: { ...callers, ...further },
        ...settings,
      },
    }),
  );

/** Changes the stage's access mode in two deployments, while callers run. No call may fail. */
export async function changeMode(bed: TestBed, from: string, to: string): Promise<void> {
  const { answers, events } = await callsDuring(bed, async (eachCalls) => {
    for (const previous of [from, undefined]) {
      await setMode(bed, to, previous);
      await deployPackages(bed);
      await eachCalls();
    }
  });
  for (const answer of answers.flat()) expect(answer).toMatchObject({ payload: { status: 200 } });
  for (const event of events) expect(event).toMatchObject({ status: 200 });
}

/** Makes the call. @returns the caller that the API saw, and whether STS was asked */
export async function call(bed: TestBed) {
  const before = bed.aws.calls().length;
  const { payload } = await invokeCaller(bed);
  const asked = bed.aws.calls().slice(before);
  return { payload, askedSts: asked.some(({ operation }) => operation === 'AssumeRole') };
}
