import { Pair, parseDocument, Scalar, type Tags, visit, YAMLMap } from 'yaml';
import { errorMessage } from '../../../../core/errors.ts';
import { words } from '../../../../core/words.ts';
import { formatError, templateError } from './errors.ts';
import { isObject, type Json, type JsonObject, walk } from './json.ts';

/** Longest `TemplateBody` in bytes, as CloudFormation limits it. */
export const MAX_TEMPLATE_BODY = 51_200;
/** Longest template that is read from S3, in bytes. */
export const MAX_TEMPLATE_FILE = 1_048_576;

/** Deeper than any template that CloudFormation accepts; keeps recursive functions from overflowing the call stack. */
const MAX_DEPTH = 100;

/** Short forms of functions in YAML: `!Sub` is `Fn::Sub`; `!Ref` and `!Condition` keep their names. */
const SHORT_FORMS: ReadonlyMap<string, string> = new Map([
  ['!Ref', 'Ref'],
  ['!Condition', 'Condition'],
  ...words(
    `And Base64 Cidr Equals FindInMap GetAZs GetAtt If ImportValue Join Length Not Or Select Split Sub ToJsonString Transform`,
  ).map((name): [string, string] => [`!${name}`, `Fn::${name}`]),
]);

/** What CloudFormation's YAML reader leaves alone: a policy's `Version: 2012-10-17` is a string, not a date. */
const UNUSED_YAML_TAGS = words('timestamp binary omap pairs set merge').map(
  (name) => `tag:yaml.org,2002:${name}`,
);

/**
 * Parses a template, JSON or YAML 1.1. Short forms (`!Ref`, `!GetAtt a.b`, …) come out as their long forms
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html).
 */
export function parseTemplate(text: string): JsonObject {
  const value = text.trimStart().startsWith('{') ? parseJson(text) : parseYaml(text);
  if (!isObject(value)) throw formatError('unsupported structure.');
  for (const { path } of walk(value)) {
    if (path.length > MAX_DEPTH) {
      throw formatError(`the template is nested more than ${MAX_DEPTH} levels deep.`);
    }
  }
  return value;
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw formatError(`JSON not well-formed. ${errorMessage(error)}`);
  }
}

function parseYaml(text: string): Json {
  const document = parseDocument(text, {
    version: '1.1',
    // A key such as `N` or `On` is a name, not a boolean.
    stringKeys: true,
    customTags: (tags) => [...tags.filter(isUsed), ...shortFormTags()],
    logLevel: 'silent',
  });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    const [at] = problem.linePos ?? [];
    const where = at === undefined ? '' : ` (line ${at.line}, column ${at.col})`;
    throw formatError(`YAML not well-formed.${where} ${problem.message.split(/ at line|\n/, 1)[0]}`);
  }
  visit(document, {
    Alias() {
      throw templateError('YAML aliases are not allowed in CloudFormation templates');
    },
  });
  return document.toJS() as Json;
}

function isUsed(tag: Tags[number]): boolean {
  return typeof tag === 'string' || !UNUSED_YAML_TAGS.includes(tag.tag);
}

/** Tags with which the parser reads a short form as its long form. */
function shortFormTags(): Tags {
  return [...SHORT_FORMS].flatMap(([tag, form]) => {
    const longForm = (value: unknown) => {
      const map = new YAMLMap();
      map.items.push(new Pair(new Scalar(form), value));
      return map;
    };
    return [
      { tag, resolve: (text: string) => ({ [form]: text }) },
      { tag, collection: 'seq' as const, resolve: longForm },
      { tag, collection: 'map' as const, resolve: longForm },
    ];
  });
}
