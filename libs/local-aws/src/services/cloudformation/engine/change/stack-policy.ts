import { wildcardMatcher } from '@cross-account-api/iam';
import * as v from 'valibot';
import { parseJson } from '../../../../core/parse-json.ts';
import { validationError } from '../template/errors.ts';
import { isObject, member } from '../template/json.ts';

/** What an update is about to do to which resource. */
export interface ResourceUpdate {
  readonly action: 'Update:Modify' | 'Update:Replace' | 'Update:Delete';
  readonly logicalId: string;
  readonly type: string;
}

/** A stack policy: says why an update of a resource is denied; `undefined` if it is allowed. */
export type StackPolicy = (update: ResourceUpdate) => string | undefined;

/** A pattern or a list of them. */
const patterns = v.optional(
  v.pipe(
    v.union([v.string(), v.pipe(v.array(v.string()), v.minLength(1))]),
    v.transform((value) => [value].flat()),
  ),
);
const ofType = v.strictObject({ ResourceType: patterns });
const statementSchema = v.pipe(
  v.strictObject(
    {
      Sid: v.optional(v.string()),
      Effect: v.picklist(['Allow', 'Deny'], 'has no valid Effect'),
      Principal: v.literal('*', 'needs the Principal "*"'),
      Action: patterns,
      NotAction: patterns,
      Resource: patterns,
      NotResource: patterns,
      Condition: v.optional(
        v.union(
          [v.strictObject({ StringEquals: ofType }), v.strictObject({ StringLike: ofType })],
          'may only have StringEquals or StringLike of ResourceType as Condition',
        ),
      ),
    },
    ({ expected, input }) =>
      expected === 'never'
        ? `has an unknown member ${input}`
        : 'needs Effect, Principal, Action and Resource',
  ),
  v.check(
    ({ Action, NotAction }) => (Action === undefined) !== (NotAction === undefined),
    'needs one of Action and NotAction, strings or lists of strings',
  ),
  v.check(
    ({ Resource, NotResource }) => (Resource === undefined) !== (NotResource === undefined),
    'needs one of Resource and NotResource, strings or lists of strings',
  ),
);
type Statement = v.InferOutput<typeof statementSchema>;

/**
 * Reads a stack policy. With a policy, what it does not allow is denied
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html).
 */
export function readStackPolicy(text: string): StackPolicy {
  const statements = statementsOf(text).map((statement, index) => {
    const result = v.safeParse(statementSchema, statement);
    if (!result.success) throw malformed(`statement #${index + 1} ${result.issues[0].message}`);
    return { ...result.output, position: index + 1 };
  });
  return (update) => {
    const matching = statements.filter((statement) => matches(statement, update));
    const denying = matching.find(({ Effect }) => Effect === 'Deny');
    if (denying === undefined && matching.length > 0) return undefined;
    const statement =
      denying === undefined ? 'no statement allows' : `Statement [#${denying.position}] does not allow`;
    return `Action denied by stack policy: ${statement} [${update.action}] for resource [${update.logicalId}]`;
  };
}

function statementsOf(text: string): readonly unknown[] {
  const document = parseJson(text);
  if (document === undefined) throw malformed('it is not JSON');
  const statements = isObject(document) ? [member(document, 'Statement') ?? []].flat() : [];
  if (statements.length === 0) throw malformed('it has no Statement');
  return statements;
}

function matches(statement: Statement, { action, logicalId, type }: ResourceUpdate): boolean {
  const { Action, NotAction = [], Resource, NotResource = [], Condition } = statement;
  const some = (list: readonly string[], value: string) =>
    list.some((pattern) => wildcardMatcher(pattern)(value));
  const resource = `LogicalResourceId/${logicalId}`;
  if (Action === undefined ? some(NotAction, action) : !some(Action, action)) return false;
  if (Resource === undefined ? some(NotResource, resource) : !some(Resource, resource)) return false;
  if (Condition === undefined) return true;
  return 'StringLike' in Condition
    ? some(Condition.StringLike.ResourceType ?? [], type)
    : (Condition.StringEquals.ResourceType?.includes(type) ?? false);
}

function malformed(detail: string) {
  return validationError(`Error validating stack policy: ${detail}`);
}
