import { formatError, templateError } from './errors.ts';
import { isObject, itemsOf, type Json, scalarText, walk } from './json.ts';
import { isPseudoParameter } from './parameters.ts';
import { functionCall, references } from './references.ts';
import { WRONG_SELECT } from './resolve.ts';
import type { Template } from './template.ts';

/** Functions whose value is known only after CloudFormation has asked for it. */
const ASKING = new Set(['Fn::ImportValue', 'Fn::GetStackOutput', 'Fn::GetAZs']);

/**
 * Checks what CloudFormation checks of functions before it evaluates them: where they stand, and literal arguments of
 * `Fn::Select`. It has AWS's words: see `recorded-refusals.test.ts`.
 * @throws AwsError
 */
export function checkFunctions(template: Template): void {
  const { resources, outputs, conditions } = template;
  for (const expression of conditions.values()) {
    for (const { name } of functionCalls(expression)) {
      if (ASKING.has(name)) throw templateError(`Cannot use ${name} in Conditions.`);
    }
  }
  for (const { Properties, UpdatePolicy = {} } of resources.values()) {
    checkCalls(template, [Properties, UpdatePolicy]);
  }
  for (const [id, { Value, Export }] of outputs) {
    checkCalls(template, Value);
    if (Export === undefined || isKnownBefore(template, Export.Name)) continue;
    throw malformed(
      id,
      ' The Name field of Export must not depend on any resources, imported values, or Fn::GetAZs.',
    );
  }
}

/** Checks the evaluated name of an output's export. @param id the logical ID of the output @throws AwsError */
export function checkExportName(id: string, name: unknown): void {
  if (typeof name === 'string' && /^[A-Za-z0-9:-]+$/.test(name)) return;
  throw malformed(
    id,
    'The Name field of every Export member must be specified and consist only of alphanumeric characters, colons, or hyphens.',
  );
}

function checkCalls(template: Template, value: Json): void {
  for (const { name, argument } of functionCalls(value)) {
    if (name === 'Fn::Select' && !isSelect(argument)) throw templateError(WRONG_SELECT);
    if (name === 'Fn::ImportValue' && !isKnownBefore(template, argument)) {
      throw templateError(
        'the attribute in Fn::ImportValue must not depend on any resources, imported values, or Fn::GetAZs',
      );
    }
  }
}

/** Whether `Fn::Select` may have an argument. Functions in it are evaluated later. */
function isSelect(argument: Json): boolean {
  if (!Array.isArray(argument) || argument.length !== 2) return false;
  const [index = null, list = null] = itemsOf(argument);
  if (!isObject(index) && !/^\d+$/.test(scalarText(index) ?? '')) return false;
  return Array.isArray(list) ? isObject(index) || Number(index) < list.length : isObject(list);
}

/** Whether a value depends on parameters, mappings and conditions only. */
function isKnownBefore({ parameters }: Template, value: Json): boolean {
  if ([...functionCalls(value)].some(({ name }) => ASKING.has(name))) return false;
  return [...references(value)].every(({ name }) => parameters.has(name) || isPseudoParameter(name));
}

function* functionCalls(value: Json) {
  for (const { value: inner } of walk(value)) {
    const call = isObject(inner) ? functionCall(inner) : undefined;
    if (call !== undefined) yield call;
  }
}

function malformed(id: string, reason: string) {
  return formatError(`Output ${id} is malformed. ${reason}`);
}
