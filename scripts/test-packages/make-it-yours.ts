import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { projectRoot } from '../lib/project.ts';
import { CommandFailed } from '../lib/tools.ts';
import { copyRepository, linkPackages } from './leaving.ts';
import { shell } from './shell.ts';

const OLD_NAME = /cross-account-(?:api|caller)-(?:local|dev)/;

/** Runs `npm start` while the commands of the script run. */
const whileItRuns = (commands: string) => `
  cross-account start --port 0 --quiet > start.log 2>&1 &
  trap "kill -INT $!; wait $!" EXIT
  for i in $(seq 300); do grep -q "Ctrl-C ends it" start.log && break; sleep 0.2; done
  ${commands}`;

/**
 * Follows "Make it yours" in README.md in a copy of this repository. Then it has other names and its own route
 * everywhere, the tools work on it, and so do the tests of the tools.
 * @param root the folder for the copy, which must not exist
 * @throws CommandFailed
 */
export async function makeItYours(root: string): Promise<void> {
  await copyRepository(root);
  await linkPackages(root);
  const run = async (script: string): Promise<string> => {
    const { code, output } = await shell(`set -e\n${script}`, root, process.execPath, {
      PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    }).ended;
    if (code !== 0) throw new CommandFailed(`${script}\n${output}`);
    return output;
  };
  await run(
    'git init -q . && git add -A && git -c user.name=owner -c user.email=owner@example.com commit -qm copy',
  );
  await followReadme(root, run);
  await run('git add -A && npm run typecheck && biome check --error-on-warnings');
  await run('jest --testPathPatterns "^$PWD/services/"');
  await run(
    'jest scripts/deployment-roles.test.ts scripts/e2e/deployment-roles.test.ts scripts/e2e/templates.test.ts',
  );
  await run(
    'jest libs/cli/src/check libs/cli/src/explain/command.test.ts scripts/e2e/handover.test.ts scripts/e2e/explain.test.ts',
  );

  const shown = await run('npm run -s demo -- --json');
  demand(shown, [/"ok": true/, /orders-billing-local/], OLD_NAME);
  await callAndList(run);
  await useTools(root, run);
}

type Run = (script: string) => Promise<string>;

async function followReadme(root: string, run: Run): Promise<void> {
  const readme = await readFile(join(projectRoot, 'README.md'), 'utf8');
  const section = /^## Make it yours\n(.*?)^## /ms.exec(readme)?.[1] ?? '';
  const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```/gms)];
  demand(blocks.map(([, language]) => language).join(' '), [/^sh diff sh$/]);
  for (const [, language, text = ''] of blocks) {
    if (language === 'diff') await writeFile(join(root, 'change.diff'), text);
    await run(language === 'diff' ? 'git apply change.diff && rm change.diff' : text);
  }
}

async function callAndList(run: Run): Promise<void> {
  const output = await run(
    whileItRuns(`
      npm run -s check -- --stage local
      (cd services/caller && npx sls invoke -f caller --stage local -d '{"operation":"getOrder","input":{"id":"42","query":{"expand":"items"}}}')
      npx sls caller:invoke -f caller --stage local || true
      . .local-aws/env
      for profile in local-api local-caller; do
        AWS_PROFILE=$profile node scripts/test-packages/list-names.mjs
      done`),
  );
  demand(output, [/"items": \[\s*"pen",\s*"ink"\s*\]/]);
  const names = output.split('\n').filter((line) => /^(?:role|stack|log group) /.test(line));
  demand(
    names.join('\n'),
    [
      /^stack orders-local$/m,
      /^stack orders-billing-local$/m,
      /^role orders-local-invoke$/m,
      /^role orders-billing-local$/m,
      /^log group \/aws\/lambda\/orders-local-order$/m,
    ],
    /cross-account-/,
  );
}

async function useTools(root: string, run: Run): Promise<void> {
  const further = { accountId: '222222222222', roleName: 'audit', externalId: 'audit-id' };
  const callers = { audit: { ...further, routes: ['GET /orders/{id}'] } };
  await writeFile(join(root, 'services/stages.yml'), JSON.stringify({ local: { callers } }));
  const output = await run(
    whileItRuns(`
      npm run -s verify -- --stage local
      npm run -s explain -- --stage local
      npm run -s handover -- --stage local --caller audit --out handed-over
      cat handed-over/*`),
  );
  demand(
    output,
    [
      /✔ unsigned GET \/orders\/\{id\}/,
      /All \d+ probes of stage local passed\./,
      /orders-billing-local assumes role orders-local-invoke/,
      /role orders-local-invoke calls GET \/orders\/\{id\}/,
      /"\/orders\/\{id\}": \{/,
      /\/orders\/42/,
    ],
    /whoami|cross-account-(?:api|caller)-/,
  );
}

/** @throws CommandFailed if the text lacks one of the wanted patterns, or has the unwanted one */
function demand(text: string, wanted: readonly RegExp[], unwanted?: RegExp): void {
  const missing = wanted.filter((each) => !each.test(text));
  const [found] = unwanted?.exec(text) ?? [];
  if (missing.length === 0 && found === undefined) return;
  throw new CommandFailed(
    `Expected ${missing.join(', ') || 'everything'}${found === undefined ? '' : `, and not "${found}"`} in:\n${text}`,
  );
}
