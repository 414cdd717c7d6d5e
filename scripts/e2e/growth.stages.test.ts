import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Template } from '@cross-account-api/serverless-plugin';
import { projectIn, quotaFindings, readStageSettings } from '@cross-account-api/serverless-plugin';
import { resolveService } from '../../libs/cli/src/commands/check/resolve-service.ts';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { projectRoot } from '../lib/project.ts';
import { copyGrownProject, type Growth, grownRoutes } from './growth.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { invokeCaller, startTestBed, type TestBed } from './test-bed.testing.ts';
import { warmSls } from './warm-sls.testing.ts';

const CALLERS = 20;

/** Packages the API of a project that has grown. */
async function packaged(growth: Growth): Promise<{
  readonly exitCode: number;
  readonly output: string;
  /** The template, once its project is packaged. */
  readonly template?: Template;
  /** The number of resources of which `check` knows. */
  readonly outlined: number;
}> {
  const project = await copyGrownProject(growth);
  try {
    const cwd = join(project.root, 'services/api');
    const { exitCode, stdout, stderr } = await warmSls(['package', '--stage', 'local'], { cwd });
    const template =
      exitCode === 0
        ? JSON.parse(
            await readFile(join(cwd, '.serverless/cloudformation-template-update-stack.json'), 'utf8'),
          )
        : undefined;
    return { exitCode, output: stdout + stderr, template, outlined: resources(await outlineOf(project)) };
  } finally {
    await project.remove();
  }
}

/** What `check` makes of the API's serverless.yml. */
async function outlineOf(project: ProjectCopy): Promise<Template> {
  const cwd = jest.spyOn(process, 'cwd').mockReturnValue(project.root);
  try {
    const settings = readStageSettings('local', projectIn(join(project.root, 'services')));
    const facts = await resolveService('api', 'services/api', 'local', settings, project.root);
    if ('unknown' in facts) throw new Error(facts.unknown);
    return facts.outline;
  } finally {
    cwd.mockRestore();
  }
}

const resources = (template: Template | undefined) => Object.keys(template?.Resources ?? {}).length;

test.each<[number, Growth['functionFor'], number]>([
  [60, 'route', 352],
  [80, 'route', 460],
  [100, 'path', 328],
  [100, 'item', 248],
])(
  '%i routes with a function for each %s and 20 callers are %i resources, and check counts as many',
  async (routes, functionFor, expected) => {
    const { exitCode, output, template, outlined } = await packaged({
      routes,
      functionFor,
      callers: CALLERS,
    });
    expect([exitCode, output]).toEqual([0, expect.any(String)]);
    expect(resources(template)).toBe(expected);
    expect(outlined).toBe(expected);
    // However many routes it answers, a function has its own role and log group.
    const functions = Object.values(template?.Resources ?? {}).filter(
      ({ Type }) => Type === 'AWS::Lambda::Function',
    );
    const roles = functions.map(({ Properties: { Role } }) => JSON.stringify(Role));
    expect(new Set(roles).size).toBe(functions.length);
    const groups = Object.values(template?.Resources ?? {}).map(
      ({ Properties: { LogGroupName } }) => LogGroupName,
    );
    expect(groups).toEqual(
      expect.arrayContaining(
        functions.map(({ Properties: { FunctionName } }) => `/aws/lambda/${FunctionName}`),
      ),
    );
    const warns = expected >= 400;
    expect(output.includes(`The stack has ${expected} resources, and AWS takes 500`)).toBe(warns);
  },
);

test('100 routes with a function for each and 20 callers are too many for a stack: packaging stops, with what to do', async () => {
  const { exitCode, output, outlined } = await packaged({
    routes: 100,
    functionFor: 'route',
    callers: CALLERS,
  });
  expect(exitCode).toBe(1);
  expect(output).toContain('The stack has 568 resources, and AWS takes 500');
  expect(output).toContain('Let one function answer several routes');
  expect(outlined).toBe(568);
});

const readme = readFileSync(join(projectRoot, 'scripts/bench/README.md'), 'utf8');

test.each<[string, Growth['functionFor'], number, RegExp]>([
  ['a function for each', 'route', 1, /The stack has 50\d resources/],
  // In a region with a shorter name, some routes more fit into the policy.
  ['a function for five', 'item', 10, /The sum of all inline policies of InvokeRole has 10,\d{3} characters/],
])(
  'with %s and 20 callers, the pair ends at the number of routes that scripts/bench/README.md says',
  async (shape, functionFor, more, limit) => {
    const [, routes] = new RegExp(`^\\| (\\d+), with ${shape} \\|`, 'm').exec(readme) ?? [];
    expect(routes).toBeDefined();
    const errorsWith = async (count: number) => {
      const project = await copyGrownProject({ routes: count, functionFor, callers: CALLERS });
      try {
        const place = { stackName: 'depot-local', region: 'us-east-1', partition: 'aws' };
        const findings = quotaFindings({ template: await outlineOf(project), place });
        return findings.filter(({ level }) => level === 'error').map(({ problem }) => problem);
      } finally {
        await project.remove();
      }
    };
    expect(await errorsWith(Number(routes))).toEqual([]);
    expect(await errorsWith(Number(routes) + more)).toEqual([expect.stringMatching(limit)]);
  },
);

describe('100 routes with a function for each kind of item, and 20 callers', () => {
  let bed: TestBed;
  beforeAll(async () => {
    bed = await startTestBed({
      copy: () => copyGrownProject({ routes: 100, functionFor: 'item', callers: CALLERS }),
    });
    jest.spyOn(process, 'cwd').mockReturnValue(bed.project.root);
    await deployPackages(bed);
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await bed?.close();
  });

  test('are deployed, and each kind of route answers as its own operation', async () => {
    for (const { method, path, operation } of grownRoutes(100).slice(-5)) {
      const input = path.includes('{id}') ? { id: '7' } : undefined;
      const { payload, functionError } = await invokeCaller(bed, { operation, input });
      expect([operation, functionError]).toEqual([operation, undefined]);
      expect(payload).toMatchObject({ status: 200, body: { route: `${method} ${path}` } });
    }
  });
});
