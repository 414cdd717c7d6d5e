import type { Resource, Template } from '../framework.ts';
import { propertiesOf } from '../properties.ts';

/** A place of a template that names something of it. */
export interface Reference {
  /** @example 'Resources.CallerLambdaFunction.Properties.Role' */
  readonly path: string;
  /** How it names it. `Condition` is also the attribute of a resource or an output. */
  readonly by: 'Ref' | 'Fn::GetAtt' | 'Fn::Sub' | 'Fn::If' | 'Fn::FindInMap' | 'Condition' | 'DependsOn';
  /** Of a resource, a parameter, a condition or a mapping, or a pseudo parameter such as `AWS::Region`. */
  readonly name: string;
}

/**
 * What a value of a template refers to: the names of resources, parameters, conditions and mappings, and pseudo parameters such as
 * `AWS::Region`.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
export function referencesIn(value: unknown): ReadonlySet<string> {
  return new Set(listed(value, '').map(({ name }) => name));
}

/** Everything that the resources, outputs and conditions of a template refer to, in its order. */
export function referencesOf({ Resources, Outputs = {}, Conditions = {} }: Template): readonly Reference[] {
  return [
    ...Object.entries(Resources).flatMap(([id, resource]) => attributesOf(resource, `Resources.${id}`)),
    ...Object.entries(Outputs).flatMap(([id, output]) => attributesOf(output, `Outputs.${id}`)),
    ...listed(Conditions, 'Conditions'),
  ];
}

/** The references of a resource or an output, with those of its attributes. */
function attributesOf(attributes: object, path: string): readonly Reference[] {
  const { DependsOn, Condition, ...others } = propertiesOf(attributes);
  return [
    ...[DependsOn ?? []]
      .flat()
      .flatMap((name) => named(name, { by: 'DependsOn', path: `${path}.DependsOn` })),
    ...named(Condition, { by: 'Condition', path: `${path}.Condition` }),
    ...listed(others, path),
  ];
}

function listed(value: unknown, path: string): readonly Reference[] {
  if (typeof value !== 'object' || value === null) return [];
  // A macro gets what stands beside its call, and may read it in any way.
  if (Object.hasOwn(value, TRANSFORM)) return [];
  const entries = Object.entries(value);
  const [[key, of] = ['']] = entries;
  if (entries.length === 1) {
    const at = (by: Reference['by']) => ({ by, path });
    if (key === 'Ref' || key === 'Condition') {
      return typeof of === 'string' ? named(of, at(key)) : listed(of, path);
    }
    if (key === 'Fn::GetAtt') {
      return named(typeof of === 'string' ? of.split('.', 1)[0] : first(of), at(key));
    }
    // The name of a condition, or of a mapping.
    if (key === 'Fn::If' || key === 'Fn::FindInMap')
      return [...named(first(of), at(key)), ...listed(of, path)];
    if (key === 'Fn::Sub') return listedInText(of, path);
  }
  // A path without the names of functions is one that its owner finds.
  return entries.flatMap(([name, part]) => listed(part, name.startsWith('Fn::') ? path : `${path}.${name}`));
}

function listedInText(sub: unknown, path: string): readonly Reference[] {
  const [text, variables] = textAndVariables(sub);
  const names = [...text.matchAll(VARIABLE)].flatMap(([, written = '']) => {
    // CloudFormation takes spaces around the name: https://github.com/aws-cloudformation/cfn-lint/issues/236
    const name = written.trim();
    return Object.hasOwn(variables, name) || /^(?:!|$)/.test(name) ? [] : [name.split('.', 1)[0]];
  });
  return [...names.flatMap((name) => named(name, { by: 'Fn::Sub', path })), ...listed(variables, path)];
}

function textAndVariables(sub: unknown): readonly [string, Readonly<Record<string, unknown>>] {
  const [text, variables] = Array.isArray(sub) ? sub : [sub, {}];
  return [String(text), propertiesOf(variables)];
}

function first(list: unknown): unknown {
  return Array.isArray(list) ? list[0] : undefined;
}

function named(name: unknown, place: Omit<Reference, 'name'>): readonly Reference[] {
  return typeof name === 'string' ? [{ ...place, name }] : [];
}

/** The call of a macro, such as `AWS::Include`. */
export const TRANSFORM = 'Fn::Transform';

/** A variable in the text of `Fn::Sub`. `${!name}` is a text. */
export const VARIABLE = /\$\{([^!}][^}]*)\}/g;

/** Makes everything that refers to a resource refer to another one. */
export function redirectReferences(template: Template, from: string, to: string): void {
  redirectDependencies(template, from, to);
  for (const part of [...Object.values(template.Resources), ...Object.values(template.Outputs ?? {})]) {
    for (const [name, value] of Object.entries(part)) {
      if (name === 'DependsOn' || name === 'Type') continue;
      // The steps keep the properties of a resource.
      if (name === 'Properties') {
        for (const [property, each] of Object.entries(value)) value[property] = redirected(each, from, to);
      } else Object.assign(part, { [name]: redirected(value, from, to) });
    }
  }
}

/** Makes each resource that must wait for one wait for another one. */
export function redirectDependencies({ Resources }: Template, from: string, to: string): void {
  for (const resource of Object.values(Resources)) {
    const written: Resource['DependsOn'] = resource.DependsOn;
    if (written === from) resource.DependsOn = to;
    else if (Array.isArray(written) && written.includes(from)) {
      resource.DependsOn = [...new Set(written.map((id) => (id === from ? to : id)))];
    }
  }
}

function redirected(value: unknown, from: string, to: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const inside = (part: unknown) => redirected(part, from, to);
  if (Array.isArray(value)) return value.map(inside);
  const entries = Object.entries(value);
  const [[key, of] = ['']] = entries;
  if (entries.length === 1) {
    if (key === 'Ref' && of === from) return { Ref: to };
    if (key === 'Fn::GetAtt') {
      if (typeof of === 'string') {
        return { [key]: of.startsWith(`${from}.`) ? `${to}${of.slice(from.length)}` : of };
      }
      if (first(of) === from) return { [key]: [to, ...of.slice(1)] };
    }
    if (key === 'Fn::Sub') {
      const [text, variables] = textAndVariables(of);
      const other = text.replaceAll(VARIABLE, (whole: string, written: string) => {
        const name = written.trim();
        const [id, ...attribute] = name.split('.');
        return id !== from || Object.hasOwn(variables, name) ? whole : `\${${[to, ...attribute].join('.')}}`;
      });
      return { [key]: Array.isArray(of) ? [other, inside(variables)] : other };
    }
  }
  return Object.fromEntries(entries.map(([name, part]) => [name, inside(part)]));
}
