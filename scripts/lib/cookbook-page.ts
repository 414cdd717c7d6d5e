import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { Operation } from '@cross-account-api/contract';
import { describeApi, furtherRulesOf, InvalidOperations } from '@cross-account-api/contract/openapi';
import type * as v from 'valibot';
import { eventOf } from '../../libs/cli/src/probes/operations.ts';
import { parseContract } from '../../libs/cli/src/project/contract.ts';
import {
  cookbook,
  cookbookDocument,
  cookbookOperations,
} from '../../libs/cli/src/project/cookbook.testing.ts';
import { constructs, unsendable } from '../../libs/contract/src/constructs.testing.ts';

/** Makes services/COOKBOOK.md from the sources that the tests deploy and call. */
export function cookbookPage(): string {
  const [contract, handlers] = ['operations.ts', 'handlers.ts'].map((file) =>
    readFileSync(join(cookbook, 'services/api/src', file), 'utf8'),
  ) as [string, string];
  const chapters = contract
    .slice(contract.indexOf('export const operations'))
    .split(/^ {2}\/\/ ## /m)
    .slice(1)
    .map((chapter) => {
      const [title = '', ...lines] = chapter.split('\n');
      return { title, names: lines.join('\n').match(/^ {2}\w+(?=: operation\()/gm) ?? [] };
    });
  const operations = new Map(cookbookOperations);
  const events = eventsByName();
  const recipes = chapters.map(({ title, names }) => {
    const parts = names.map((indented) => {
      const name = indented.trim();
      const { method, path, summary } = operations.get(name) ?? {};
      return [
        `### ${name}`,
        `\`${method} ${path}\`: ${summary}`,
        block('ts', sourceOf(contract, `  ${name}: operation(`).replaceAll(/^ {2}/gm, '')),
        block('ts', sourceOf(handlers, `export const ${name} = `)),
        block('ts', callOf(name, operations.get(name)?.example)),
        `The caller's event: \`${JSON.stringify(events.get(name))}\``,
      ];
    });
    return [`## ${title}`, ...parts.flat()].join('\n\n');
  });
  return `${[
    '# Cookbook',
    'Operations of each kind: what the contract says, its handler, a call of the typed client, and the event with which the caller function makes that call. A [test](../scripts/e2e/cookbook.stages.test.ts) deploys them to two accounts of local AWS and calls each, as does `verify`. This page is generated from [its sources](../libs/cli/test/pair/cookbook/services/api/src).',
    chapters
      .map(
        ({ title, names }) =>
          `- **${title}**: ${names.map((name) => `[${name.trim()}](#${name.trim().toLowerCase()})`).join(', ')}`,
      )
      .join('\n'),
    'The operations share these schemas, and the handlers these values:',
    block('ts', between(contract, 'const order =', /^export const operations/m, 'const order =')),
    block('ts', between(handlers, 'const once =', /^export const/m, 'const once =')),
    ...recipes,
    '## Calls that need more than a line',
    block('ts', readFileSync(join(cookbook, 'services/caller/src/recipes.ts'), 'utf8').trimEnd()),
    rulesChapter(),
  ].join('\n\n')}\n`;
}

/** A call of the typed client with the example. */
function callOf(name: string, { pathParameters, ...parts }: Operation['example'] = {}): string {
  const input = { ...pathParameters, ...parts };
  const given = Object.keys(input).length === 0 ? '' : inspect(input, { depth: null, breakLength: 100 });
  return `const { status, body, headers } = await client.${name}(${given});`;
}

/** The events with the examples of the operations. */
function eventsByName(): ReadonlyMap<string, object> {
  const { operations } = parseContract(JSON.stringify(cookbookDocument()), '');
  return new Map(operations.map((operation) => [operation.name, eventOf(operation, undefined)]));
}

/** What the document says of each construct of valibot. */
function rulesChapter(): string {
  const rows = constructs.map(([code, schema]) => {
    const document = documentOf(schema);
    const body = document.paths['/']?.post?.requestBody?.content['application/json']?.schema;
    const rules = furtherRulesOf(document).map(({ rule }) => rule);
    const said = JSON.stringify(body, (name, value) => (name === 'x-further-rules' ? undefined : value));
    return `| ${cell(code)} | ${cell(said)} | ${rules.map(cell).join(', ')} |`;
  });
  const refused = unsendable.map(([code, schema]) => `| ${cell(code)} | ${reasonOf(schema)} |`);
  return [
    '## What the document says of a schema',
    'JSON Schema cannot express each rule of valibot. `npm run openapi` warns of those that it leaves out and names them in `x-further-rules`; the handler enforces all rules.',
    `| valibot | in openapi.json | left out |\n| --- | --- | --- |\n${rows.join('\n')}`,
    'These cannot be sent. `operation()` does not compile with them (with a bigint in a literal or a picklist, it does), and `npm run openapi` names their places:',
    `| valibot | what to write instead |\n| --- | --- |\n${refused.join('\n')}`,
  ].join('\n\n');
}

function documentOf(request: v.GenericSchema) {
  return describeApi({
    title: 'Rules',
    version: '1.0.0',
    domains: ['amazonaws.com'],
    operations: { op: { method: 'POST', path: '/', summary: 'Rules.', request, status: 204 } },
  });
}

function reasonOf(schema: v.GenericSchema): string {
  try {
    documentOf(schema);
  } catch (error) {
    if (error instanceof InvalidOperations) return error.message.replace(/^op\.request: /, '');
  }
  return '';
}

/** The source of a declaration: from the line that begins with `start` to the next declaration. */
function sourceOf(source: string, start: string): string {
  const from = source.indexOf(`\n${start}`) + 1;
  if (from === 0) throw new Error(`The cookbook has no ${start.trim()}.`);
  const rest = source.slice(from);
  const next = rest.slice(1).search(/^(?: {2}\w+: operation\(|export const |\/\*\*| {2}\/\/ ##|\};)/m);
  return rest.slice(0, next === -1 ? undefined : next + 1).trimEnd();
}

/** The text from `start` to the first match of `end`, without `start` unless `kept` has it. */
function between(source: string, start: string, end: RegExp, kept = ''): string {
  const rest = source.slice(source.indexOf(start) + start.length);
  return (kept + rest.slice(0, rest.search(end))).trim();
}

function block(language: string, code: string): string {
  return `\`\`\`${language}\n${code}\n\`\`\``;
}

function cell(code: string): string {
  return `\`${code.replaceAll('|', '\\|')}\``;
}
