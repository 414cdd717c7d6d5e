import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FurtherRule, furtherRulesOf, type OpenApiDocument } from '@cross-account-api/contract/openapi';
import { callWith } from '../../call-of.ts';
import { command, UsageError } from '../../command-line.ts';
import { readManifest } from '../../project/manifest.ts';
import { projectRoot } from '../../project/project.ts';
import { breakingChanges, mayBreak } from './compatibility.ts';

/** The project's folder of the contract. */
const FOLDER = 'services/contract';

/** The document of the last release, below {@link FOLDER}. */
const RELEASED = 'released.json';

/** src/document.ts of the contract. */
interface DocumentModule {
  openApiDocument(version: string): OpenApiDocument;
}

export const openapiCommand = command(
  {
    summary: `Writes ${FOLDER}/openapi.json, the OpenAPI document of the API, from the schemas of the contract.`,
    examples: [['--check', 'writes nothing, and fails if clients would break']],
    exitCodes: {
      0: 'written, or compatible',
      1: 'clients of the last release would break',
      2: 'wrong options',
    },
  },
  {
    release: {
      type: 'boolean',
      description: 'Also keeps it as the last release',
      details: 'Later changes must not break clients of it.',
    },
    check: {
      type: 'boolean',
      description: 'Compares with the last release, and writes nothing',
      details:
        'Fails if clients of the last release would break, unless the major version of the contract is higher.',
    },
  },
  async ({ release = false, check = false }) => {
    if (release && check) {
      throw new UsageError(
        '--check compares with the last release, and --release replaces it: give only one.',
      );
    }
    const folder = join(projectRoot(), FOLDER);
    const { openApiDocument }: DocumentModule = await import(join(folder, 'src/document.ts'));
    const text = `${JSON.stringify(openApiDocument(readManifest(folder).version), null, 2)}\n`;
    if (check) return checkRelease(join(folder, RELEASED), JSON.parse(text));
    for (const file of ['openapi.json', ...(release ? [RELEASED] : [])]) {
      await writeFile(join(folder, file), text);
      process.stdout.write(`${FOLDER}/${file}\n`);
    }
    for (const { where, rule } of furtherRulesOf(JSON.parse(text))) {
      process.stderr.write(
        `${where}: JSON Schema cannot express "${rule}". Only the handler enforces it; ${FOLDER}/openapi.json names it.\n`,
      );
    }
    return 0;
  },
);

/** Prints each change that breaks clients of the last release. @returns the exit code */
async function checkRelease(file: string, current: OpenApiDocument): Promise<number> {
  const keep = callWith('openapi', '--release');
  if (!existsSync(file)) {
    process.stdout.write(`The contract has no last release. Keep this one as the last release: ${keep}\n`);
    return 0;
  }
  const released: OpenApiDocument = JSON.parse(await readFile(file, 'utf8'));
  const version = released.info.version;
  process.stdout.write(notCompared(furtherRulesOf(released), furtherRulesOf(current), version));
  const changes = mayBreak(version, current.info.version) ? [] : breakingChanges(released, current);
  if (changes.length === 0) {
    process.stdout.write(`The contract keeps its promises to clients of version ${version}.\n`);
    return 0;
  }
  process.stderr.write(
    `${changes.join('\n')}\nClients of version ${version} would break. Undo these changes, or raise the major version in ${FOLDER}/package.json. If no client uses version ${version}, keep this contract as the last release: ${keep}\n`,
  );
  return 1;
}

/** Says which rules were not compared, and which of them are new or gone. */
function notCompared(old: readonly FurtherRule[], now: readonly FurtherRule[], version: string): string {
  const show = ({ where, rule }: FurtherRule) => `${where}: ${rule}`;
  const [before, after] = [new Set(old.map(show)), new Set(now.map(show))];
  const lines = [...new Set([...before, ...after])].map((line) => {
    if (!before.has(line)) return `  ${line} (new since ${version})`;
    return `  ${line}${after.has(line) ? '' : ` (removed since ${version})`}`;
  });
  if (lines.length === 0) return '';
  return `These rules are not compared, because JSON Schema cannot express them:\n${lines.join('\n')}\n`;
}
