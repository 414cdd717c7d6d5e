import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from './lib/project.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly permissions?: Readonly<Record<string, string>>; readonly steps: readonly Step[] }
    >
  >;
}

const github = join(projectRoot, '.github');
const workflows = readdirSync(join(github, 'workflows')).map((file) => {
  const text = readFileSync(join(github, 'workflows', file), 'utf8');
  return { file, text, workflow: parse(text) as Workflow };
});
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);

test.each(workflows)('$file runs commands that package.json has', ({ workflow }) => {
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  const commands = stepsOf(workflow).flatMap(({ run = '' }) => [...run.matchAll(/npm run ([\w:-]+)/g)]);
  expect(commands.length).toBeGreaterThan(0);
  for (const [, command] of commands) expect(scripts).toHaveProperty([String(command)]);
});

test.each(workflows)('$file pins every action to a commit and names its version', ({ text }) => {
  const actions = text.match(/^.*\buses:.*$/gm) ?? [];
  expect(actions.length).toBeGreaterThan(0);
  for (const action of actions) expect(action).toMatch(/uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test.each(workflows)('$file may only read by default, and uses no secret', ({ text, workflow }) => {
  expect(workflow.permissions).toEqual({ contents: 'read' });
  expect(text).not.toMatch(/secrets\.|TOKEN/);
});

test('CI runs both commands of the README on Linux and macOS, with Node 22 and 24', () => {
  const ci = parse(readFileSync(join(github, 'workflows/ci.yml'), 'utf8'));
  expect(ci.jobs.test.strategy.matrix).toEqual({
    os: [expect.stringMatching(/^ubuntu-/), expect.stringMatching(/^macos-/)],
    node: [22, 24],
  });
  const commands = ci.jobs.test.steps.map(({ run }: Step) => run);
  expect(commands).toEqual(expect.arrayContaining(['npm ci && npm run demo', 'npm test']));
  expect(readFileSync(join(projectRoot, 'README.md'), 'utf8')).toContain('npm ci && npm run demo');
});

test('only the job that publishes gets an identity, and it runs none of the code in this repository', () => {
  const { jobs } = parse(readFileSync(join(github, 'workflows/release.yml'), 'utf8')) as Workflow;
  const withIdentity = Object.entries(jobs).filter(
    ([, { permissions }]) => permissions?.['id-token'] === 'write',
  );
  expect(withIdentity.map(([name]) => name)).toEqual(['publish']);
  const steps = withIdentity.flatMap(([, job]) => job.steps);
  expect(steps.filter(({ uses = '' }) => uses.startsWith('actions/checkout'))).toEqual([]);
  expect(steps.map(({ run = '' }) => run).join('\n')).toMatch(/npm publish .*--ignore-scripts.*--provenance/);
});

describe('the workflow that deploys', () => {
  const text = readFileSync(join(github, 'workflows/deploy.yml'), 'utf8');
  const workflow = parse(text);
  const { deploy } = workflow.jobs;

  test('checks the stage, deploys both services and verifies them, in this order', () => {
    expect(deploy.steps.flatMap(({ run }: Step) => run ?? [])).toEqual([
      'npm ci',
      'printf \'%s\\n\' "$STAGE_SETTINGS" > services/stages.yml',
      'npm run check -- --stage "$STAGE"',
      'npx sls deploy --stage "$STAGE"',
      'npm run verify -- --stage "$STAGE"',
    ]);
  });

  test('is the only job that gets an identity, in an environment, and deploys a stage once at a time', () => {
    expect(Object.keys(workflow.jobs)).toEqual(['deploy']);
    expect(deploy.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    expect(deploy.environment).toMatch(/inputs\.stage/);
    expect(workflow.concurrency).toEqual({
      group: expect.stringMatching(/inputs\.stage/),
      'cancel-in-progress': false,
    });
  });

  test('starts when somebody starts it, and puts no input into a command', () => {
    expect(Object.keys(workflow.on)).toEqual(['workflow_dispatch']);
    for (const { run = '' } of deploy.steps) expect(run).not.toContain('{{');
  });

  test('assumes a role for each profile, and has no keys', () => {
    const roles = deploy.steps.filter(({ uses = '' }: Step) => uses.includes('configure-aws-credentials'));
    expect(roles.map((step: { with: object }) => step.with)).toMatchObject([
      { 'aws-profile': 'api', 'role-to-assume': expect.stringMatching(/vars\.API_ROLE_ARN/) },
      { 'aws-profile': 'caller', 'role-to-assume': expect.stringMatching(/vars\.CALLER_ROLE_ARN/) },
    ]);
    expect(text).not.toMatch(/access-key|ACCESS_KEY/);
  });
});

test('dependency updates watch every lock file', () => {
  const { updates } = parse(readFileSync(join(github, 'dependabot.yml'), 'utf8'));
  const folders: string[] = updates.flatMap((update: { directories?: string[] }) => update.directories ?? []);
  expect(folders).not.toHaveLength(0);
  for (const folder of folders) expect(existsSync(join(projectRoot, folder, 'package-lock.json'))).toBe(true);
});
