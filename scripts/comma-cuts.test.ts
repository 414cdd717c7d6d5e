import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inertSchemas, type Shape } from '@cross-account-api/iam/aws';
import { parse, parseDocument, visit } from 'yaml';
import { deploymentWith } from '../libs/serverless-plugin/src/deployment.testing.ts';
import type { Template } from '../libs/serverless-plugin/src/framework.ts';
import { checkTexts } from '../libs/serverless-plugin/src/template/cut-texts.ts';
import { plantCuts } from './lib/planted-cuts.testing.ts';
import { projectRoot } from './lib/project.ts';
import { yamlFilesIn, yamlProblems } from './lib/yaml-problems.ts';

const quietly = { logLevel: 'silent' } as const;
const read = (file: string) => readFileSync(join(projectRoot, file), 'utf8');

/** What the plugin says of a resource's properties, or of resources. */
function saidOf(Resources: Template['Resources']): string {
  try {
    checkTexts({ Resources }, deploymentWith());
    return '';
  } catch (error) {
    return String(error);
  }
}
const saidOfProperties = (Properties: Record<string, unknown>) =>
  saidOf({ Thing: { Type: 'A', Properties } });

const files = yamlFilesIn(projectRoot);
const templates = files.filter((file) => /^[ -]*Resources:$/m.test(read(file)));

test.each(templates)('the plugin finds a comma that cuts any text of the resources of %s', (file) => {
  /** The resources of a file: of a template, of a part of serverless.yml, and below a setting's value. */
  const resourcesIn = (text: string) => {
    const { Resources, resources, ...rest } = parse(text, quietly);
    const parts = [Resources, [resources].flat().map((part) => part?.Resources), rest.true?.Resources].flat();
    return parts.find((part) => typeof part === 'object');
  };
  const planted = resourcesIn(plantCuts(read(file)));
  const cuts = JSON.stringify(planted).match(/\d+\) \/ b/g) ?? [];
  expect(cuts.length).toBeGreaterThan(0);
  const said = saidOf(planted);
  expect(cuts.filter((rest) => !said.includes(`has "${rest}" without a value`))).toEqual([]);
  expect(saidOf(resourcesIn(read(file)))).toBe('');
});

test('each text of this repository that has a comma is found if it loses its quotation marks', () => {
  const texts = files.flatMap((file) => {
    const found: string[] = [];
    visit(parseDocument(read(file), quietly), {
      Scalar: (_key, { value }) => {
        // With a colon, the rest has a value. So it stays in the template, and CloudFormation refuses it as an unknown property.
        if (typeof value === 'string' && /^[A-Za-z][^\n]*, (?!.*: )/.test(value)) found.push(value);
      },
    });
    return found;
  });
  const cut = texts.map((text) => `{ Id: a, Text: ${text} }`);
  expect(cut.filter((text) => yamlProblems('a.yml', text).length === 0)).toEqual([]);
  const legal = cut.filter((text) => parseDocument(text, quietly).errors.length === 0);
  expect(legal.length).toBeGreaterThan(10);
  expect(legal.filter((text) => saidOfProperties(parse(text, quietly)) === '')).toEqual([]);
});

/** The properties of a schema of AWS, all without values. */
function withoutValues(shape: Shape): unknown {
  if (typeof shape === 'string') return null;
  if (Array.isArray(shape)) return [withoutValues(shape[0])];
  const names = Object.entries(shape).map(([name, member]) => [name.replace(/!$/, ''), member] as const);
  return Object.fromEntries(names.map(([name, member]) => [name, withoutValues(member)]));
}

test.each(Object.entries(inertSchemas))(
  'null is legal under each name of AWS’s schema of %s',
  (_type, schema) => {
    const properties = withoutValues(schema.properties) as Record<string, unknown>;
    expect(saidOfProperties(properties)).toBe('');
    // Beside a property with a value, fewer names are usual.
    expect(saidOfProperties({ Given: 'a', ...properties })).toBe('');
  },
);
