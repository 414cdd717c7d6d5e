import { propertiesOf } from '../properties.ts';

/**
 * What a value of a template refers to: the names of resources, parameters, conditions and mappings, and pseudo parameters such as
 * `AWS::Region`.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
export function referencesIn(value: unknown): ReadonlySet<string> {
  return new Set(listed(value));
}

function listed(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  const [[key, of] = ['']] = entries;
  if (entries.length === 1) {
    if (key === 'Ref' || key === 'Condition') return typeof of === 'string' ? [of] : listed(of);
    if (key === 'Fn::GetAtt') return typeof of === 'string' ? of.split('.', 1) : listedFirst(of);
    // The name of a condition, or of a mapping.
    if (key === 'Fn::If' || key === 'Fn::FindInMap') return [...listedFirst(of), ...listed(of)];
    if (key === 'Fn::Sub') return listedInText(of);
  }
  return entries.flatMap(([, part]) => listed(part));
}

function listedFirst(list: unknown): readonly string[] {
  const [first] = Array.isArray(list) ? list : [];
  return typeof first === 'string' ? [first] : [];
}

function listedInText(sub: unknown): readonly string[] {
  const [text, variables] = Array.isArray(sub) ? sub : [sub, {}];
  const own = propertiesOf(variables);
  const names = [...String(text).matchAll(VARIABLE)].flatMap(([, name = '']) =>
    Object.hasOwn(own, name) ? [] : [name.split('.', 1)[0] ?? ''],
  );
  return [...names, ...listed(variables)];
}

/** A variable in the text of `Fn::Sub`. `${!name}` is a text. */
export const VARIABLE = /\$\{([^!}][^}]*)\}/g;
