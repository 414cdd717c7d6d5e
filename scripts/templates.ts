import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { copyProject } from '../libs/cli/src/project/project.ts';
import { createSteps } from '../libs/cli/src/steps.ts';
import { runCommand, UsageError } from './lib/command-line.ts';
import { packageService } from './lib/package-service.ts';
import { modes } from './templates/modes.ts';

const SERVICES = ['api', 'caller'] as const;

/** Sections of a template, each with its entries by their names. */
type Template = Readonly<Record<string, unknown>>;

await runCommand(
  'templates',
  'Packages both services in each mode that a stage can have, and writes the CloudFormation templates. With --compare, lists what differs from templates that were written before: run it in the old commit and in the new one.',
  {
    out: { type: 'string', value: 'FOLDER', description: 'Where the templates are written' },
    compare: { type: 'string', value: 'FOLDER', description: 'Templates that were written before' },
  },
  async ({ out, compare }) => {
    if (out === undefined) throw new UsageError('--out is missing. It must name a folder for the templates.');
    const steps = createSteps({ quiet: false });
    const project = await copyProject();
    try {
      const stages = Object.fromEntries(
        Object.entries(modes).map(([name, { settings }]) => [name, settings]),
      );
      await writeFile(join(project.root, 'services/stages.yml'), JSON.stringify(stages));
      for (const [stage, { region }] of Object.entries(modes)) {
        await steps.run(stage, async () => {
          for (const service of SERVICES) {
            const template = await packageService(join(project.root, 'services', service), stage, region);
            const text = JSON.stringify(template, sortedWithoutTime, 2);
            await mkdir(resolve(out), { recursive: true });
            await writeFile(join(resolve(out), `${stage}-${service}.json`), `${text}\n`);
          }
        });
      }
    } finally {
      await project.remove();
    }
    if (compare === undefined) return 0;
    const differences = await compareFolders(resolve(compare), resolve(out));
    const summary = `${differences.length} differences in ${Object.keys(modes).length * SERVICES.length} templates.`;
    process.stdout.write(`${[...differences, summary].join('\n')}\n`);
    return differences.length === 0 ? 0 : 1;
  },
);

/**
 * For JSON.stringify: sorts the members of objects, and leaves out where this run would have uploaded the code. That folder has the
 * time in its name.
 */
function sortedWithoutTime(key: string, value: unknown): unknown {
  if (key === 'S3Key') return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @returns a line for each entry of a section that differs */
async function compareFolders(before: string, after: string): Promise<string[]> {
  const lines: string[] = [];
  for (const stage of Object.keys(modes)) {
    for (const service of SERVICES) {
      const [old, present] = await Promise.all(
        [before, after].map(async (folder): Promise<Template> => {
          return JSON.parse(await readFile(join(folder, `${stage}-${service}.json`), 'utf8'));
        }),
      );
      for (const path of differencesOf(old ?? {}, present ?? {})) lines.push(`${stage} ${service}: ${path}`);
    }
  }
  return lines;
}

function differencesOf(before: Template, after: Template): string[] {
  const sections = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return sections.flatMap((section) => {
    const [old, present] = [before, after].map((template): Template => Object(template[section]));
    const names = [...new Set([...Object.keys(old ?? {}), ...Object.keys(present ?? {})])];
    return names
      .filter((name) => !isDeepStrictEqual(old?.[name], present?.[name]))
      .map((name) => {
        const what =
          old?.[name] === undefined ? 'added' : present?.[name] === undefined ? 'removed' : 'changed';
        return `${section}.${name} ${what}`;
      });
  });
}
