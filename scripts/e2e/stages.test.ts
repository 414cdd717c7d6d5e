import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalAws } from '@cross-account-api/local-aws';
import { copyProject, type ProjectCopy, projectRoot } from '../support/project.ts';
import { type SlsResult, sls } from '../support/sls.ts';
import { misleadingShell, setTrap, type Trap } from './trap.ts';

jest.setTimeout(120_000);

let project: ProjectCopy;
let folder: string;
let trap: Trap;
beforeAll(async () => {
  project = await copyProject();
  folder = await mkdtemp(join(tmpdir(), 'stages-'));
  trap = await setTrap();
});
afterEach(() => {
  expect(trap.caught).toEqual([]);
});
afterAll(async () => {
  await project?.remove();
  await trap?.close();
  await rm(folder, { recursive: true, force: true });
});

const inService = (service: string) => join(project.root, 'services', service);
const output = ({ stdout, stderr }: SlsResult) => `${stdout}\n${stderr}`;

describe('stage local without a local AWS', () => {
  test.each([
    ['deploy', '.'],
    ['invoke -f caller', 'services/caller'],
    ['logs -f messages', 'services/api'],
    ['remove', 'services/api'],
  ])(
    'sls %s in %s says to start one, and reaches nothing, whatever the shell holds',
    async (command, where) => {
      const result = await sls([...command.split(' '), '--stage', 'local'], {
        cwd: join(project.root, where),
        environment: { ...misleadingShell(trap.url, folder), LOCAL_AWS_ROOT: undefined },
      });
      expect(result.exitCode).toBe(1);
      expect(output(result)).toContain('Stage "local" needs a running local AWS.');
      expect(output(result)).toContain('Start local AWS with `npm start`.');
    },
  );

  test('where one has run before, too', async () => {
    const root = await mkdtemp(join(folder, 'ended-'));
    const aws = await startLocalAws({ port: 0, root });
    const endpoint = await readFile(join(root, '.local-aws/endpoint.json'));
    await aws.close();
    await writeFile(join(root, '.local-aws/endpoint.json'), endpoint, { mode: 0o600 });
    const result = await sls(['info', '--stage', 'local'], { cwd: inService('api'), localAwsRoot: root });
    expect(result.exitCode).toBe(1);
    expect(output(result)).toMatch(/has ended.*Start local AWS with `npm start`\./s);
  });
});

describe('other stages', () => {
  /** @returns whether local AWS, which runs meanwhile, was asked for anything */
  async function besideLocalAws(work: (environment: Readonly<Record<string, string>>) => Promise<void>) {
    const root = await mkdtemp(join(folder, 'running-'));
    const aws = await startLocalAws({ port: 0, root });
    try {
      await work({ ...aws.environment(), LOCAL_AWS_ROOT: root });
      expect(aws.trace.events()).toEqual([]);
    } finally {
      await aws.close();
    }
  }

  async function writeStages(text: string): Promise<void> {
    await writeFile(join(project.root, 'services/stages.yml'), text);
  }

  test('refuse a shell that points at local AWS', async () => {
    const example = await readFile(join(projectRoot, 'services/stages.example.yml'), 'utf8');
    await writeStages(example.replace('externalId: ""', 'externalId: "0123456789abcdef"'));
    await besideLocalAws(async (environment) => {
      const { AWS_ENDPOINT_URL: url = '' } = environment;
      for (const args of [['deploy'], ['invoke', '-f', 'caller']]) {
        const cwd = args[0] === 'deploy' ? project.root : inService('caller');
        for (const AWS_ENDPOINT_URL of [url, url.replace('127.0.0.1', '0.0.0.0')]) {
          const result = await sls([...args, '--stage', 'dev'], {
            cwd,
            environment: { ...environment, AWS_ENDPOINT_URL },
          });
          expect(result.exitCode).toBe(1);
          expect(output(result)).toContain(`AWS_ENDPOINT_URL points at local AWS (${AWS_ENDPOINT_URL})`);
          expect(output(result)).toContain('stage "dev" is not local');
        }
      }
    });
  });

  test('without services/stages.yml say which file to make, before anything is deployed', async () => {
    await rm(join(project.root, 'services/stages.yml'), { force: true });
    await besideLocalAws(async () => {
      const result = await sls(['deploy', '--stage', 'dev'], {
        cwd: project.root,
        environment: misleadingShell(trap.url, folder),
      });
      expect(result.exitCode).toBe(1);
      expect(output(result)).toContain(
        'services/stages.yml does not exist. Copy services/stages.example.yml',
      );
      expect(output(result)).not.toContain('Deploying cross-account');
    });
  });

  test('name each value that is missing or wrong, and where it belongs', async () => {
    await writeStages('dev:\n  region: moon\n  apiProfile: api\n  callerAccountId: 1\n');
    const result = await sls(['deploy', '--stage', 'dev'], {
      cwd: project.root,
      environment: misleadingShell(trap.url, folder),
    });
    expect(result.exitCode).toBe(1);
    for (const line of [
      'services/stages.yml is not complete:',
      'dev.region: must be a region',
      'dev.callerProfile: is missing',
      'dev.callerAccountId: must be text: put the digits in quotes',
      'dev.externalId: is missing',
      'services/stages.example.yml explains each value.',
    ]) {
      expect(output(result)).toContain(line);
    }
  });

  test('that the file does not know are named', async () => {
    await writeStages('dev: {}\n');
    const result = await sls(['deploy', '--stage', 'prod'], {
      cwd: project.root,
      environment: misleadingShell(trap.url, folder),
    });
    expect(result.exitCode).toBe(1);
    expect(output(result)).toContain('services/stages.yml has no stage "prod".');
  });
});
