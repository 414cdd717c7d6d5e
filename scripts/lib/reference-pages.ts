import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Command,
  exitCodesOf,
  labelOf,
  type Option,
  type Options,
} from '@cross-account-api/command-line';
import * as v from 'valibot';
import { findingDescriptions } from '../../libs/cli/src/commands/review/finding-descriptions.ts';
import { commands } from '../../libs/cli/src/commands.ts';
import { modelOf, bareServices as services } from '../../libs/local-aws/src/all-services.testing.ts';
import { faultsCommand } from '../../libs/local-aws/src/cli/faults.ts';
import { typesCommand } from '../../libs/local-aws/src/cli/types.ts';
import { explainCommand } from '../../libs/local-aws/src/explain/command.ts';
import { marksOf } from '../../libs/local-aws/src/protocols/without-effect.ts';
import { inertTypes } from '../../libs/local-aws/src/services/inert/index.ts';
import { startCommand } from '../../libs/local-aws/src/start/start.ts';
import { pluginSteps } from './plugin-steps.ts';
import { projectRoot } from './project.ts';
import { stagesSchema } from './stages-schema.ts';

/** What a page says of a command. */
type Described = Pick<
  Command<Options>,
  'summary' | 'manual' | 'options' | 'argument' | 'examples' | 'exitCodes'
>;

/** A page that is made from the code. */
export interface ReferencePage {
  /** Its path from the root of the repository. */
  readonly file: string;
  readonly text: string;
}

/** The pages that `npm run generate` writes. */
export async function referencePages(): Promise<readonly ReferencePage[]> {
  return [
    localAwsPage('libs/local-aws/REFERENCE.md'),
    settingsPage('services/SETTINGS.md'),
    stepsPage('libs/serverless-plugin/STEPS.md'),
    findingsPage('libs/cli/FINDINGS.md'),
    await commandsPage('libs/cli/COMMANDS.md'),
  ];
}

/** The first line of a page that is made from code: nobody edits it, and its words do not count. */
export const GENERATED = '<!-- Made by npm run generate -->';

const code = (word: string) => `\`${word}\``;
const words = (names: readonly string[]) => names.map(code).join(', ');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |'))
    .join('\n');
}

function localAwsPage(file: string): ReferencePage {
  const limits = limitsIn(file);
  const types = services.flatMap(({ resourceTypes = [] }) => resourceTypes);
  const marked = types.flatMap(({ typeName, properties }) => {
    const byReason = Object.groupBy(marksOf(properties), ({ reason }) => reason);
    const cells = Object.entries(byReason).map(
      ([reason, same = []]) => `${words(same.map(({ path }) => path))}: ${reason}`,
    );
    return cells.length === 0 ? [] : [[code(typeName), cells.join('; ')]];
  });
  const members = Object.groupBy(
    services.flatMap(({ endpoint }) =>
      (endpoint.operations ?? []).flatMap(({ name, input }) =>
        marksOf(input ?? v.unknown()).map(({ path, reason }) => ({
          text: `${code(path)}: ${reason}`,
          operation: `${modelOf(endpoint)}:${name}`,
        })),
      ),
    ),
    ({ text }) => text,
  );
  const parts = [
    GENERATED,
    '# What local AWS has',
    '[README.md](README.md#what-it-has) says how it behaves. A template with other types or properties, and any other operation, is refused by its name.',
    '## Operations',
    table(
      ['service', 'operations'],
      services.map(({ endpoint }) => [
        code(modelOf(endpoint)),
        words((endpoint.operations ?? []).map(({ name }) => name).sort()),
      ]),
    ),
    '## Resource types',
    table(
      ['resource type', 'properties', 'limits'],
      types.map(({ typeName, properties }) => [
        code(typeName),
        words(propertyNames(properties).sort()),
        limits.get(typeName) ?? '',
      ]),
    ),
    '## Without effect',
    'These are accepted, and have no effect here or only part of it. The last event of each deployment names those that its template sets, with the reason.',
    table(['type with properties without effect', 'properties, and what local AWS does instead'], marked),
    table(
      ['operations with members without effect', 'member, and what local AWS does instead'],
      Object.entries(members).map(([text, same = []]) => [
        words(same.map(({ operation }) => operation)),
        text,
      ]),
    ),
    `Types without effect: ${words(Object.keys(inertTypes))}.`,
    '# Commands',
    ...[
      ['start', startCommand] as const,
      ['explain', explainCommand] as const,
      ['faults', faultsCommand] as const,
      ['types', typesCommand] as const,
    ].map(([name, command]) => commandSection('local-aws', name, command)),
  ];
  return { file, text: `${parts.join('\n\n')}\n` };
}

/** The third column of the table of types, which people write: the page keeps it. */
function limitsIn(file: string): ReadonlyMap<string, string> {
  const path = join(projectRoot, file);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const rows = text.matchAll(/^\| `(AWS::[\w:]+)` \| (?:[^|]*) \| ([^|]*?) ?\|$/gm);
  return new Map([...rows].map(([, name = '', limit = '']) => [name, limit]));
}

/** The members of an object schema, or of one that something is piped to. */
function propertyNames(schema: object): string[] {
  if ('entries' in schema && typeof schema.entries === 'object') return Object.keys(schema.entries ?? {});
  const first: unknown = 'pipe' in schema && Array.isArray(schema.pipe) ? schema.pipe[0] : undefined;
  if (typeof first !== 'object' || first === null) throw new Error('The schema has no entries.');
  return propertyNames(first);
}

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly default?: unknown;
}

function settingsPage(file: string): ReferencePage {
  const { definitions } = stagesSchema() as { readonly definitions: { readonly settings: JsonSchema } };
  const rows = settingsOf(definitions.settings, '').map(([name, description]) => [code(name), description]);
  const parts = [
    GENERATED,
    '# Settings of a stage',
    'What an entry of `services/stages.yml` can have. [stages.example.yml](stages.example.yml) shows the usual ones, and [README.md](README.md) what they are for. Editors that know YAML schemas show these texts, too.',
    table(['setting', 'what it is'], rows),
  ];
  return { file, text: `${parts.join('\n\n')}\n` };
}

/** Each setting with its path, such as `callers.NAME.accountId`. */
function settingsOf(schema: JsonSchema, path: string): (readonly [path: string, description: string])[] {
  const inside = [
    ...Object.entries(schema.properties ?? {}),
    ...(typeof schema.additionalProperties === 'object'
      ? [['NAME', schema.additionalProperties] as const]
      : []),
  ].flatMap(([name, child]) => {
    const own = path === '' ? name : `${path}.${name}`;
    const described = child.description?.replaceAll(/[|<]/g, '\\$&').replaceAll(/\s+/g, ' ');
    return [...(described === undefined ? [] : [[own, described] as const]), ...settingsOf(child, own)];
  });
  return [...inside, ...(schema.anyOf ?? []).flatMap((each) => settingsOf(each, path))];
}

function stepsPage(file: string): ReferencePage {
  const groups = pluginSteps().flatMap(({ description, steps }) => [
    description,
    table(
      ['step', 'service', 'what it does'],
      steps.map(({ name, service, description: what }) => [code(name), service, what]),
    ),
  ]);
  const parts = [
    GENERATED,
    '# What the plugin does',
    'The steps of [api.ts](src/api.ts), the plugin of the API, and of [caller.ts](src/caller.ts), that of a service that calls it. To do without a step, remove it there.',
    ...groups,
  ];
  return { file, text: `${parts.join('\n\n')}\n` };
}

async function commandsPage(file: string): Promise<ReferencePage> {
  const sections = [];
  for (const [name, { load }] of Object.entries(commands)) {
    sections.push(commandSection('cross-account', name, await load()));
  }
  const parts = [
    GENERATED,
    '# The commands of cross-account',
    '`-h` of a command shows its options and examples on one screen; this page has the rest. [README.md](README.md) shows them at work.',
    ...sections,
  ];
  return { file, text: `${parts.join('\n\n')}\n` };
}

/** A command: what `--help` says, and its manual. */
function commandSection(program: string, name: string, command: Described): string {
  const { summary, manual, options, argument, examples = [], exitCodes } = command;
  const cell = (text: string) => text.replaceAll(/[|<]/g, '\\$&');
  const call = `${program} ${name}`;
  const rows = Object.entries<Option>(options).map(([option, known]) => [
    code(labelOf(option, known)),
    cell(known.default ?? ''),
    cell(
      [
        `${known.description.replace(/\.$/, '')}.`,
        ...(known.details === undefined ? [] : [known.details]),
      ].join(' '),
    ),
  ]);
  return [
    `## ${name}`,
    summary,
    `\`\`\`sh\n${call} ${argument === undefined ? '' : `${argument.name} `}[options]\n\`\`\``,
    ...(manual === undefined ? [] : [manual]),
    ...(argument === undefined ? [] : [`${code(argument.name)}: ${argument.description}.`]),
    ...(rows.length === 0 ? [] : [table(['option', 'default', 'what it is'], rows)]),
    ...(examples.length === 0
      ? []
      : [
          `\`\`\`sh\n${examples.map(([given, meaning]) => `${`${call} ${given}`.trim()}  # ${meaning}`).join('\n')}\n\`\`\``,
        ]),
    ...(exitCodes === undefined ? [] : [`Exit code: ${exitCodesOf(exitCodes)}.`]),
  ].join('\n\n');
}

function findingsPage(file: string): ReferencePage {
  const rows = Object.entries(findingDescriptions).flatMap(([name, descriptions]) =>
    Object.entries(descriptions).map(([severity, what]) => [code(name), severity, what]),
  );
  const parts = [
    GENERATED,
    '# What review finds',
    '[README.md](README.md#review-a-call-that-works) says how it judges. **high**: somebody can use it now. **medium**: one more mistake, or a change, is needed. **low**: it costs, or hides what happens.',
    table(['finding', 'severity', 'what it is'], rows),
  ];
  return { file, text: `${parts.join('\n\n')}\n` };
}
