import { wildcardMatcher } from '../../../../authorization/index.ts';
import { validationError } from '../template/errors.ts';
import { isObject, type Json, type JsonObject, member } from '../template/json.ts';

/** What a stack policy can forbid. */
export type UpdateAction = 'Update:Modify' | 'Update:Replace' | 'Update:Delete';

/** What an update is about to do to which resource. */
export interface ResourceUpdate {
  readonly action: UpdateAction;
  readonly logicalId: string;
  readonly type: string;
}

/** A stack policy: says why an update of a resource is denied; `undefined` if it is allowed. */
export type StackPolicy = (update: ResourceUpdate) => string | undefined;

const STATEMENT_MEMBERS = [
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Principal',
  'Resource',
  'NotResource',
  'Condition',
];

/**
 * Reads a stack policy. With a policy, what it does not allow is denied
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html).
 * @throws AwsError `ValidationError` if it is malformed
 */
export function readStackPolicy(text: string): StackPolicy {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw malformed('it is not JSON');
  }
  const statements = isObject(document) ? [member(document, 'Statement') ?? []].flat() : [];
  if (statements.length === 0) throw malformed('it has no Statement');
  const read = statements.map((statement, index) => readStatement(statement, index + 1));
  return (update) => {
    const matching = read.filter((statement) => statement.matches(update));
    const denying = matching.find(({ effect }) => effect === 'Deny');
    if (denying === undefined && matching.length > 0) return undefined;
    const statement =
      denying === undefined ? 'no statement allows' : `Statement [#${denying.position}] does not allow`;
    return `Action denied by stack policy: ${statement} [${update.action}] for resource [${update.logicalId}]`;
  };
}

interface Statement {
  readonly position: number;
  readonly effect: 'Allow' | 'Deny';
  matches(update: ResourceUpdate): boolean;
}

function readStatement(source: Json, position: number): Statement {
  if (!isObject(source)) throw malformed(`statement #${position} is not an object`);
  const unknown = Object.keys(source).find((key) => !STATEMENT_MEMBERS.includes(key));
  if (unknown !== undefined) throw malformed(`statement #${position} has an unknown member ${unknown}`);
  const effect = member(source, 'Effect');
  if (effect !== 'Allow' && effect !== 'Deny') throw malformed(`statement #${position} has no valid Effect`);
  if (member(source, 'Principal') !== '*') {
    throw malformed(`statement #${position} needs the Principal "*"`);
  }
  const action = matcher(source, 'Action', position);
  const resource = matcher(source, 'Resource', position);
  const type = typeMatcher(member(source, 'Condition'), position);
  return {
    position,
    effect,
    matches: (update) =>
      action(update.action) && resource(`LogicalResourceId/${update.logicalId}`) && type(update.type),
  };
}

/** `Action` or `NotAction`, `Resource` or `NotResource`. */
function matcher(source: JsonObject, name: string, position: number): (text: string) => boolean {
  const positive = patterns(member(source, name));
  const negative = patterns(member(source, `Not${name}`));
  if ((positive === undefined) === (negative === undefined)) {
    throw malformed(
      `statement #${position} needs one of ${name} and Not${name}, strings or lists of strings`,
    );
  }
  return (text) =>
    positive === undefined
      ? !(negative ?? []).some((pattern) => like(pattern, text))
      : positive.some((pattern) => like(pattern, text));
}

function typeMatcher(condition: Json | undefined, position: number): (type: string) => boolean {
  if (condition === undefined) return () => true;
  const [[operator, keys] = ['', null], ...others] = isObject(condition) ? Object.entries(condition) : [];
  const types = isObject(keys) ? patterns(member(keys, 'ResourceType')) : undefined;
  const known = operator === 'StringEquals' || operator === 'StringLike';
  if (types === undefined || others.length > 0 || !known) {
    throw malformed(
      `statement #${position} may only have StringEquals or StringLike of ResourceType as Condition`,
    );
  }
  return (type) => types.some((one) => (operator === 'StringLike' ? like(one, type) : one === type));
}

function patterns(value: Json | undefined): string[] | undefined {
  const all = value === undefined ? [] : [value].flat();
  const strings = all.filter((one) => typeof one === 'string');
  return strings.length === 0 || strings.length < all.length ? undefined : strings;
}

function like(pattern: string, text: string): boolean {
  return wildcardMatcher(pattern)(text);
}

function malformed(detail: string) {
  return validationError(`Error validating stack policy: ${detail}`);
}
