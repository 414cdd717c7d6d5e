import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pairProject } from '../project/pair.testing.ts';
import { type Run, runInProcess } from '../run-in-process.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, startTestPair, type TestPair } from './test-pair.testing.ts';

jest.setTimeout(60_000);

const CHAIN = 'policies allow every step of the call';

let pair: TestPair;
let project: string;
beforeAll(async () => {
  pair = await startTestPair({ http: true, routes: ['POST/parcels', 'GET/sender'] });
  // A project whose caller may call two of the three routes of the API.
  project = await mkdtemp(join(tmpdir(), 'one-walk-'));
  await cp(pairProject, project, { recursive: true });
  await writeFile(
    join(project, 'services/stages.yml'),
    "local:\n  routes: ['POST /parcels', 'GET /sender']\n",
  );
}, 60_000);
afterAll(async () => {
  await pair?.close();
  await rm(project, { recursive: true, force: true });
});

const run = (...args: readonly string[]): Promise<Run> =>
  runInProcess(args, project, { LOCAL_AWS_ROOT: pair.root });

interface ReportedProbe {
  readonly name: string;
  readonly group: string;
  readonly observed: string;
  readonly pass: boolean;
}

/** The probes that `verify --stage local` evaluates on policies. The pair's functions are stubs, so its calls are not made. */
async function evaluated(): Promise<readonly ReportedProbe[]> {
  const { stdout } = await run('verify', '--stage', 'local', '--wait', '0', '--json');
  const { probes } = JSON.parse(stdout) as {
    readonly probes: readonly (ReportedProbe & { readonly credentials: string })[];
  };
  return probes.filter(({ credentials }) => credentials === 'reading');
}

describe('a caller that may call some of the routes', () => {
  test('is verified with these', async () => {
    expect((await evaluated()).filter(({ pass }) => !pass)).toEqual([]);
  });

  test('is explained with these, and the route that the owner left out is not proposed', async () => {
    const { stdout, exitCode } = await run('explain', '--stage', 'local');
    expect(stdout).toContain('the chain holds');
    expect(stdout).not.toContain('GET /parcels/{id}');
    expect(exitCode).toBe(0);
  });
});

describe('a service control policy that denies AssumeRole in the account of the caller', () => {
  beforeAll(() =>
    pair.aws.directory.setOrganization({
      id: 'o-a1b2c3d4e5',
      accounts: [
        { accountId: API_ACCOUNT, levels: [{}] },
        {
          accountId: CALLER_ACCOUNT,
          levels: [
            {
              serviceControlPolicies: [
                'FullAWSAccess',
                {
                  name: 'NoRoles',
                  document: {
                    Version: '2012-10-17',
                    Statement: { Sid: 'NoRoles', Effect: 'Deny', Action: 'sts:AssumeRole', Resource: '*' },
                  },
                },
              ],
            },
          ],
        },
      ],
    }),
  );
  afterAll(() => pair.aws.directory.setOrganization(undefined));

  test('breaks the chain that explain shows', async () => {
    const { stdout, exitCode } = await run('explain', '--stage', 'local');
    expect(stdout).toContain('denied by statement NoRoles of NoRoles (service control policy)');
    expect(exitCode).toBe(1);
  });

  test('fails the probe of the chain, and the probes that judge one policy still do', async () => {
    expect((await evaluated()).filter(({ pass }) => !pass)).toEqual([
      expect.objectContaining({ name: CHAIN, observed: expect.stringMatching(/^denied: /) }),
    ]);
  });
});
