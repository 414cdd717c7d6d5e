import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../lib/project.ts';

jest.setTimeout(600_000);

/** What git and the tools leave in a clone. */
const generated =
  /\/(?:node_modules|dist|\.serverless|\.esbuild|\.local-aws|\.git)(?:\/|$)|\/services\/stages\.yml$/;

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'make-it-yours-'));
  await cp(projectRoot, root, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !generated.test(source.slice(projectRoot.length)),
  });
  // All packages but those of this repository, which are the copy's.
  const modules = join(root, 'node_modules');
  await mkdir(join(modules, '@cross-account-api'), { recursive: true });
  for (const name of await readdir(join(projectRoot, 'node_modules'))) {
    if (name === '@cross-account-api' || name === '.cache' || name === '.bin') continue;
    await symlink(join(projectRoot, 'node_modules', name), join(modules, name));
  }
  for (const name of await readdir(join(root, 'libs'))) {
    await symlink(join('../../libs', name), join(modules, '@cross-account-api', name));
  }
  // Its links lead to the copy's packages.
  await cp(join(projectRoot, 'node_modules/.bin'), join(modules, '.bin'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  const { code, output } = await sh(
    'git init -q . && git add -A && git -c user.name=owner -c user.email=owner@example.com commit -qm copy',
  );
  expect({ code, output }).toMatchObject({ code: 0 });
});

afterAll(() => rm(root, { recursive: true, force: true }));

/** Runs a command in the copy. */
function sh(command: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      'sh',
      ['-ec', command],
      {
        cwd: root,
        maxBuffer: 2 ** 26,
        env: {
          ...process.env,
          PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
          NO_COLOR: '1',
          FORCE_COLOR: undefined,
          LOCAL_AWS_ROOT: undefined,
          NODE_OPTIONS: undefined,
        },
      },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
    child.stdin?.end();
  });
}

/** @returns what the command printed; fails if the command fails */
async function succeed(command: string): Promise<string> {
  const { code, output } = await sh(command);
  expect({ command, code, output: code === 0 ? '' : output }).toEqual({ command, code: 0, output: '' });
  return output;
}

test('an owner who follows "Make it yours" has other names and routes everywhere, and everything works', async () => {
  const readme = await readFile(join(projectRoot, 'README.md'), 'utf8');
  const section = /^## Make it yours\n(.*?)^## /ms.exec(readme)?.[1] ?? '';
  const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```/gms)];
  expect(blocks.map(([, language]) => language)).toEqual(['sh', 'diff', 'sh']);
  for (const [, language, text = ''] of blocks) {
    if (language === 'diff') await writeFile(join(root, 'change.diff'), text);
    await succeed(language === 'diff' ? 'git apply change.diff && rm change.diff' : text);
  }
  await succeed('git add -A && npm run typecheck && biome check --error-on-warnings');
  await succeed('jest --testPathPatterns "^$PWD/(?:services|libs/contract)/"');

  const shown = await succeed('npm run -s demo -- --json');
  expect(JSON.parse(shown)).toMatchObject({ ok: true });
  expect(shown).toContain('orders-billing-local');
  expect(shown).not.toMatch(/cross-account-(?:api|caller)-local/);
});

test('the renamed pair is checked, deployed and called by its own route, and nothing has an old name', async () => {
  const output = await succeed(`
    cross-account start --port 0 --quiet > start.log 2>&1 &
    trap "kill -INT $!; wait $!" EXIT
    for i in $(seq 300); do grep -q "Ctrl-C ends it" start.log && break; sleep 0.2; done
    npm run -s check -- --stage local
    npx sls caller:invoke -f caller --stage local -d '{"path":"/orders/42","query":{"expand":"items"}}'
    npx sls caller:invoke -f caller --stage local || true
    . .local-aws/env
    for profile in local-api local-caller; do
      AWS_PROFILE=$profile node scripts/e2e/list-names.testing.mjs
    done`);
  expect(output).toMatch(/"items": \[\s*"pen",\s*"ink"\s*\]/);
  const names = output.split('\n').filter((line) => /^(?:role|stack|log group) /.test(line));
  expect(names).toEqual(
    expect.arrayContaining([
      'stack orders-local',
      'stack orders-billing-local',
      'role orders-local-invoke',
      'role orders-billing-local',
      'log group /aws/lambda/orders-local-order',
    ]),
  );
  expect(names.filter((name) => name.includes('cross-account-'))).toEqual([]);
});

test('verify, explain and handover work on the renamed pair, with its own route', async () => {
  const further = { accountId: '222222222222', roleName: 'audit', externalId: 'audit-id' };
  const callers = { audit: { ...further, routes: ['GET /orders/{id}'] } };
  await writeFile(join(root, 'services/stages.yml'), JSON.stringify({ local: { callers } }));
  const output = await succeed(`
    cross-account start --port 0 --quiet > start.log 2>&1 &
    trap "kill -INT $!; wait $!" EXIT
    for i in $(seq 300); do grep -q "Ctrl-C ends it" start.log && break; sleep 0.2; done
    npm run -s verify -- --stage local
    npm run -s explain -- --stage local
    npm run -s handover -- --stage local --caller audit --out handed-over
    cat handed-over/*`);
  expect(output).toContain('✔ unsigned GET /orders/{id}');
  expect(output).toMatch(/All \d+ probes of stage local passed\./);
  expect(output).toContain('orders-billing-local assumes role orders-local-invoke');
  expect(output).toContain('role orders-local-invoke calls GET /orders/{id}');
  expect(output).toMatch(/"\/orders\/\{id\}": \{/);
  expect(output).toContain('/orders/42');
  expect(output).not.toMatch(/whoami|cross-account-(?:api|caller)-/);
});

test('the deployment roles of the renamed pair deploy it', async () => {
  await succeed('jest scripts/deployment-roles.test.ts scripts/e2e/deployment-roles.test.ts');
});
