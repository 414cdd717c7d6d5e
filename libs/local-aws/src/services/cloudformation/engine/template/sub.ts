import { templateError } from './errors.ts';

/** A piece of a `Fn::Sub` string: plain text, or the name of a variable. */
export type SubPart = { readonly text: string } | { readonly name: string };

/**
 * Takes a `Fn::Sub` string apart. `${!Literal}` is the text `${Literal}`.
 * @example subParts('a-${AWS::Region}') // [{ text: 'a-' }, { name: 'AWS::Region' }]
 * @throws AwsError `ValidationError` for a name with characters that CloudFormation does not allow
 */
export function subParts(template: string): SubPart[] {
  const parts: SubPart[] = [];
  let at = 0;
  for (const match of template.matchAll(/\$\{([^{}]*)\}/g)) {
    const [whole, name = ''] = match;
    if (match.index > at) parts.push({ text: template.slice(at, match.index) });
    at = match.index + whole.length;
    if (name.startsWith('!')) {
      parts.push({ text: `\${${name.slice(1)}}` });
    } else if (/^[A-Za-z0-9_.:]+$/.test(name)) {
      parts.push({ name });
    } else {
      throw templateError(
        'variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons',
      );
    }
  }
  if (at < template.length) parts.push({ text: template.slice(at) });
  return parts;
}
