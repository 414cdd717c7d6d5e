import * as v from 'valibot';
import { Pair, parseDocument, Scalar, type Tags, visit, YAMLMap } from 'yaml';
import { errorMessage } from '../../../../core/errors.ts';
import { words } from '../../../../core/words.ts';
import { formatError, templateError, validationError } from './errors.ts';
import { isObject, type Json, type JsonObject, scalarText, walk } from './json.ts';
import { SAM_TRANSFORM } from './sam.ts';

// The members of a template. In the error messages, `%` is replaced with the member's name.

const json = v.custom<Json>(() => true);
const object = v.custom<JsonObject>(isObject, '% must be an object.');
const text = v.string('Every % member must be a string.');
const isScalar = (value: unknown) => scalarText(value) !== undefined;
const scalar = v.pipe(v.custom<string>(isScalar, 'Every % member must be a string.'), v.transform(String));
const scalars = v.pipe(
  v.custom<string[]>(
    (value) => Array.isArray(value) && value.every(isScalar),
    '% must be a list of strings.',
  ),
  v.transform((items) => items.map(String)),
);
const number = v.pipe(
  v.custom<string>((value) => Number.isFinite(Number(scalarText(value) || 'x')), '% must be a number.'),
  v.transform(Number),
);
const names = v.pipe(
  v.custom<string | string[]>(
    (value) => [value].flat().every((name) => typeof name === 'string'),
    'Every % value must be a string.',
  ),
  v.transform((value) => [value].flat()),
);
/** One of some words, or a function. */
const policy = (options: readonly string[]) =>
  v.optional(
    v.custom<string | JsonObject>(
      (value) => isObject(value) || options.includes(String(value)),
      `% must be one of: ${options.join(', ')}.`,
    ),
  );
const unsupported = (remedy: string) => v.optional(v.never(`local AWS does not support %: ${remedy}`));
const strict = <const Entries extends v.ObjectEntries>(entries: Entries, missing: string, extra: string) =>
  v.strictObject(entries, ({ expected }) => (expected === 'never' ? extra : missing));

const parameter = v.object(
  {
    Type: text,
    Default: v.optional(scalar),
    NoEcho: v.pipe(
      v.optional(scalar, 'false'),
      v.transform((value) => value === 'true'),
    ),
    Description: v.optional(text),
    AllowedValues: v.optional(scalars),
    AllowedPattern: v.optional(text),
    ConstraintDescription: v.optional(text),
    MinLength: v.optional(number),
    MaxLength: v.optional(number),
    MinValue: v.optional(number),
    MaxValue: v.optional(number),
  },
  'Every Parameters object must contain a Type member.',
);

/** The values of a resource's policies. */
export const POLICIES = {
  DeletionPolicy: ['Delete', 'Retain', 'RetainExceptOnCreate'],
  UpdateReplacePolicy: ['Delete', 'Retain'],
} as const;

const resource = v.pipe(
  strict(
    {
      Type: text,
      /** Only custom resources have it. Their type is refused later. */
      Version: v.optional(json),
      CreationPolicy: unsupported('remove it.'),
      /** Without effect: local AWS updates every resource at once. Its functions are not evaluated. */
      UpdatePolicy: v.optional(object),
      Properties: v.optional(object, {}),
      DependsOn: v.optional(names, () => []),
      Condition: v.optional(text),
      /** `Delete` if it is absent. */
      DeletionPolicy: policy(POLICIES.DeletionPolicy),
      /** `Delete` if it is absent. */
      UpdateReplacePolicy: policy(POLICIES.UpdateReplacePolicy),
      Metadata: v.optional(json),
    },
    'Every Resources object must contain a Type member.',
    "Invalid template resource property '%'",
  ),
  v.check(
    ({ Type, Version }) =>
      Version === undefined || /^(Custom::|AWS::CloudFormation::CustomResource$)/.test(Type),
    "Invalid template resource property 'Version'",
  ),
);

const output = strict(
  {
    Value: json,
    Description: v.optional(text),
    Export: v.optional(v.object({ Name: json }, 'Every Export must contain a Name')),
    Condition: v.optional(text),
  },
  'Every Outputs member must contain a Value object',
  'Invalid output property [%]',
);

const mapping = v.pipe(
  v.custom<JsonObject>(isObject, 'Every Mappings member must be a map'),
  v.check((keys) => {
    const [flat] = Object.entries(keys).find(([, value]) => !isObject(value)) ?? [];
    if (flat !== undefined) throw formatError(`Every Mappings member ${flat} must be a map`);
    const attributes = Object.values(keys).flatMap((key) => (isObject(key) ? Object.values(key) : []));
    if (attributes.every((one) => [one].flat().every(isScalar))) return true;
    throw formatError('Every Mappings attribute must be a String or a List.');
  }),
);

const rule = strict(
  {
    RuleCondition: v.optional(json),
    Assertions: v.array(
      v.object({ Assert: json, AssertDescription: v.optional(text) }, 'Every assertion must have an Assert.'),
      'Assertions must be a list.',
    ),
  },
  'Every Rules member must contain Assertions.',
  'Invalid rule property [%]',
);

const section = v.nullish(v.custom<JsonObject>(isObject, 'Any % member must be an object.'), {});
const template = strict(
  {
    AWSTemplateFormatVersion: v.optional(
      v.literal('2010-09-09', 'The value is not a supported AWSTemplateFormatVersion.'),
    ),
    Description: v.optional(text),
    Metadata: v.optional(json),
    Parameters: section,
    Mappings: section,
    Conditions: section,
    Resources: section,
    Outputs: section,
    // The transform of SAM is expanded before.
    Transform: unsupported(
      `deploy the template with its macros already expanded. Only ${SAM_TRANSFORM}, alone, is expanded here.`,
    ),
    Rules: section,
    Hooks: unsupported('remove the section.'),
  },
  'The template must be an object.',
  'Invalid template property or properties [%]',
);

// The declarations of a template. Their functions are not evaluated yet.

export type ParameterDefinition = v.InferOutput<typeof parameter>;
export type ResourceDefinition = v.InferOutput<typeof resource>;
export type OutputDefinition = v.InferOutput<typeof output>;
export type RuleDefinition = v.InferOutput<typeof rule>;

/** A well-formed template. `checkReferences` checks its references. */
export type Template = ReturnType<typeof readTemplate>;

const MAX_RESOURCES = 500;

/** Reads the sections of a parsed template. */
export function readTemplate(source: JsonObject) {
  const sections = read(template, source, []);
  const resources = readSection('Resources', sections.Resources, resource);
  if (resources.size === 0) throw formatError('At least one Resources member must be defined.');
  if (resources.size > MAX_RESOURCES) {
    throw formatError(
      `Number of resources, ${resources.size}, is greater than maximum allowed, ${MAX_RESOURCES}`,
    );
  }
  return {
    version: sections.AWSTemplateFormatVersion,
    description: sections.Description,
    metadata: sections.Metadata,
    parameters: readSection('Parameters', sections.Parameters, parameter),
    mappings: Object.fromEntries(readSection('Mappings', sections.Mappings, mapping)) as JsonObject,
    conditions: readSection('Conditions', sections.Conditions, json),
    rules: readSection('Rules', sections.Rules, rule),
    resources,
    outputs: readSection('Outputs', sections.Outputs, output),
  };
}

function readSection<Schema extends v.GenericSchema>(
  name: string,
  entries: JsonObject,
  schema: Schema,
): ReadonlyMap<string, v.InferOutput<Schema>> {
  return new Map(
    Object.entries(entries).map(([key, entry]) => {
      // AWS runs the macro: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
      if (key === 'Fn::Transform') {
        throw validationError(
          `local AWS has no function Fn::Transform (${name}). Deploy the template with its macros already expanded.`,
        );
      }
      if (name !== 'Conditions' && !/^[A-Za-z0-9]{1,255}$/.test(key)) {
        throw formatError(`${name.replace(/s$/, '')} name ${key.slice(0, 300)} is non alphanumeric.`);
      }
      for (const { value, path } of walk(entry, [name, key])) {
        if (value === null)
          throw formatError(`[/${path.join('/')}] 'null' values are not allowed in templates`);
      }
      return [key, read(schema, entry, [name, key])];
    }),
  );
}

function read<Schema extends v.GenericSchema>(
  schema: Schema,
  value: Json,
  at: readonly string[],
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = [...at, ...(issue.path ?? []).map(({ key }) => String(key))];
  // A missing member is reported at the object that lacks it.
  const isMissing = issue.type.endsWith('object') && issue.input === undefined;
  const shown = isMissing ? path.slice(0, -1) : path;
  throw formatError(`[/${shown.join('/')}] ${issue.message.replace('%', path.at(-1) ?? '')}`);
}

/** Deeper than every template that CloudFormation accepts. The limit keeps recursive functions from overflowing the call stack. */
const MAX_DEPTH = 100;

/** Functions that have a short form in YAML: `!Sub` is `Fn::Sub`. */
const FUNCTIONS =
  words(`Ref Condition Fn::And Fn::Base64 Fn::Cidr Fn::Equals Fn::FindInMap Fn::GetAZs Fn::GetAtt
  Fn::GetStackOutput Fn::If
  Fn::ImportValue Fn::Join Fn::Length Fn::Not Fn::Or Fn::Select Fn::Split Fn::Sub Fn::ToJsonString Fn::Transform`);

/** YAML types that CloudFormation does not convert: a policy's `Version: 2012-10-17` is a string, not a date. */
const isUnused = (tag: Tags[number]) =>
  typeof tag !== 'string' && /^tag:yaml\.org,2002:(timestamp|binary|omap|pairs|set|merge)$/.test(tag.tag);

/**
 * Parses a template in JSON or YAML 1.1. Turns short forms (`!Ref`, `!GetAtt a.b`, …) into their long forms
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

/** CloudFormation accepts a comma after the last item. The first alternative passes over strings. */
const TRAILING_COMMA = /("(?:[^"\\]|\\.)*"?)|,(\s*[\]}])/gs;

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    try {
      return JSON.parse(text.replace(TRAILING_COMMA, '$1$2')) as Json;
    } catch {
      throw formatError(`JSON not well-formed. ${placeIn(errorMessage(error))}`);
    }
  }
}

/**
 * The place and the reason of a mistake, in AWS's form. AWS counts the character at which it stops, too.
 * @param reason V8's: `Expected ',' … in JSON at position 23 (line 1 column 24)`
 */
function placeIn(reason: string): string {
  const [, words, line, column] =
    /^(.*) in JSON at position \d+ \(line (\d+) column (\d+)\)$/s.exec(reason) ?? [];
  return words === undefined ? reason : `(line ${line}, column ${Number(column) + 1}) ${words}`;
}

function parseYaml(text: string): Json {
  const document = parseDocument(text, {
    version: '1.1',
    // A key such as `N` or `On` is a name, not a boolean.
    stringKeys: true,
    customTags: (tags) => [...tags.filter((tag) => !isUnused(tag)), ...shortFormTags()],
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

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html */
function refuseShortForms(value: unknown): void {
  visit(value as YAMLMap, {
    Value(_, node) {
      if (node === value || node.tag?.startsWith('!') !== true) return;
      // The parser adds where it is.
      throw new Error(
        `The short form !GetStackOutput cannot contain another short form, as ${node.tag}: write Fn::GetStackOutput`,
      );
    },
  });
}

/** YAML tags that turn a short form into its long form. */
function shortFormTags(): Tags {
  return FUNCTIONS.flatMap((form) => {
    const tag = `!${form.replace('Fn::', '')}`;
    const longForm = (value: unknown) => {
      const map = new YAMLMap();
      if (form === 'Fn::GetStackOutput') refuseShortForms(value);
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
