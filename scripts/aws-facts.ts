import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import inertTypes from '../libs/local-aws/src/services/inert/types.json' with { type: 'json' };
import {
  type Dates,
  FACTS,
  INPUTS,
  makeFacts,
  type SourceVersion,
  sourceVersions,
} from './aws-facts/facts.ts';
import { deployedTypes, readResourceSchemas, SCHEMAS_COMMIT } from './aws-facts/resource-schemas.ts';
import { readServiceSpec } from './aws-facts/service-spec.ts';
import { runCommand } from './lib/command-line.ts';
import { projectRoot } from './lib/project.ts';

const biome = join(projectRoot, 'node_modules/.bin/biome');

await runCommand(
  'aws-facts',
  `Writes what AWS publishes, as data: ${FACTS}. Run it after an update of the AWS SDK or of iam-data.`,
  {
    check: {
      type: 'boolean',
      description: 'Lists the files that differ, and writes nothing',
    },
    schemas: {
      type: 'string',
      value: 'FOLDER',
      description: `First stores the schemas of this clone of pulumi-aws-native at ${SCHEMAS_COMMIT.slice(0, 8)}`,
    },
    spec: {
      type: 'boolean',
      description: 'First stores the schemas of the types without effect',
    },
  },
  async ({ check = false, schemas, spec = false }) => {
    const types = [...new Set([...deployedTypes, ...Object.keys(inertTypes)])].sort();
    if (schemas !== undefined) store(INPUTS.schemas, readResourceSchemas(schemas, types));
    if (spec) store(INPUTS.serviceSpec, await readServiceSpec(Object.keys(inertTypes)));
    const dates = check ? readDates() : await completeDates();
    const undated = sourceVersions().filter((each) => dates[keyOf(each)] === undefined);
    const differing: string[] = [];
    for (const [file, made] of await makeFacts(dates)) {
      const path = join(FACTS, file);
      const text = file.endsWith('.jsonl') ? made : formatted(path, made);
      if (readOrEmpty(path) === text) continue;
      differing.push(path);
      if (!check) writeFileSync(join(projectRoot, path), text);
    }
    if (!check) {
      process.stdout.write(
        differing.map((file) => `${file} is written.\n`).join('') || 'Nothing has changed.\n',
      );
      return 0;
    }
    const problems = [
      ...differing.map((file) => `${file} is not what its inputs make.`),
      ...undated.map((each) => `${INPUTS.dates} has no date for ${keyOf(each)}.`),
    ];
    for (const problem of problems) process.stderr.write(`${problem} Run: npm run aws-facts\n`);
    return problems.length === 0 ? 0 : 1;
  },
);

function store(file: string, items: readonly object[]): void {
  writeFileSync(join(projectRoot, file), items.map((item) => `${JSON.stringify(item)}\n`).join(''));
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(join(projectRoot, file), 'utf8');
  } catch {
    return '';
  }
}

function formatted(file: string, text: string): string {
  return execFileSync(biome, ['format', `--stdin-file-path=${file}`], {
    cwd: projectRoot,
    input: text,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
}

function readDates(): Dates {
  return JSON.parse(readOrEmpty(INPUTS.dates) || '{}');
}

function keyOf({ name, version }: SourceVersion): string {
  return `${name}@${version}`;
}

/** The dates of all sources, and of no other: a new version's is asked of the registry. */
async function completeDates(): Promise<Dates> {
  const known = readDates();
  const dates = Object.fromEntries(
    sourceVersions().map((each) => [keyOf(each), known[keyOf(each)] ?? publishedOn(each)]),
  );
  writeFileSync(join(projectRoot, INPUTS.dates), formatted(INPUTS.dates, JSON.stringify(dates)));
  return dates;
}

function publishedOn({ name, version, address }: SourceVersion): string {
  if (!address.includes('npmjs') && !name.startsWith('@')) {
    throw new Error(`Add the date of ${name} ${version} to ${INPUTS.dates}.`);
  }
  const times: Readonly<Record<string, string>> = JSON.parse(
    execFileSync('npm', ['view', name, 'time', '--json'], { encoding: 'utf8', maxBuffer: 2 ** 26 }),
  );
  const time = times[version];
  if (time === undefined) throw new Error(`The registry does not know ${name} ${version}.`);
  return time.slice(0, 10);
}
