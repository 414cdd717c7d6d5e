import type { AuthorizationRequest, Decision } from '../../decision/decision.ts';
import { isObject } from '../../json.ts';
import { wildcardMatcher } from '../../language/pattern.ts';
import type { NamedPolicy, PolicyDocument } from '../../principal.ts';
import type { PolicyReader, RoleFacts } from './policy-reader.ts';
import { decideAs, exactRole, sessionOf } from './principals.ts';
import { resourcePolicyOf } from './question.ts';

/** One action on one resource that a statement allows. */
export interface Permission {
  readonly policy: string;
  /** The statement's `Sid`, or its position as `#1`. */
  readonly statement: string;
  readonly action: string;
  readonly resource: string;
  /** The number of recorded calls that needed it. */
  readonly calls: number;
}

/** The permissions of a role, and their use. */
export interface RoleUse {
  readonly roleArn: string;
  /** Recorded decisions that allowed the role something. */
  readonly calls: number;
  readonly used: readonly Permission[];
  readonly unused: readonly Permission[];
  /** Lambda writes a function's log with these. The trace does not record that. */
  readonly forLogs: readonly Permission[];
  /** A policy with only the used permissions and those for logs. */
  readonly smallest: PolicyDocument;
  /** Whether {@link smallest} allows less than the policies of the role. */
  readonly isSmaller: boolean;
  /** Whether every recorded call was allowed again under {@link smallest}, in place of all policies of the role. */
  readonly isProven: boolean;
}

/** A recorded call. */
export interface RecordedCall {
  /** All decisions for the call. */
  readonly decisions: readonly Decision[];
  /** For how many calls with the same decisions it stands. Default: 1 */
  readonly times?: number;
}

type AllowedDecision = Extract<Decision, { allowed: true }>;

interface Counted {
  readonly decision: AllowedDecision;
  readonly times: number;
}

/** Is called before each piece of work. It may wait, so that a server answers other requests meanwhile. */
type Pause = () => Promise<void> | undefined;

/**
 * Finds, for each role that made recorded calls, the permissions that they used.
 * @param pause is called before each piece of work. Default: nothing waits
 */
export async function leastPrivilege(
  records: Iterable<RecordedCall> | AsyncIterable<RecordedCall>,
  reader: PolicyReader,
  now: Date,
  pause: Pause = () => undefined,
): Promise<RoleUse[]> {
  const byRole = new Map<string, Counted[]>();
  for await (const { decisions, times = 1 } of records) {
    await pause();
    for (const decision of decisions) {
      const holder = decision.context['aws:PrincipalArn'];
      if (!decision.allowed || typeof holder !== 'string' || !/:role\//.test(holder)) continue;
      const known = byRole.get(holder) ?? [];
      known.push({ decision, times });
      byRole.set(holder, known);
    }
  }
  const uses = [...byRole].map(async ([roleArn, decisions]) => {
    const role = await exactRole(reader, roleArn);
    return role === undefined ? [] : [await useOf(role, decisions, reader, now, pause)];
  });
  return (await Promise.all(uses)).flat().sort((a, b) => (a.roleArn < b.roleArn ? -1 : 1));
}

/** The pieces of work that are begun at once: a reader may ask a server. */
const PIECES = 20;

async function mapInPieces<Item, Result>(
  items: readonly Item[],
  pause: Pause,
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += PIECES) {
    const piece = items.slice(start, start + PIECES).map(async (item) => {
      await pause();
      return map(item);
    });
    results.push(...(await Promise.all(piece)));
  }
  return results;
}

async function useOf(
  role: RoleFacts,
  decisions: readonly Counted[],
  reader: PolicyReader,
  now: Date,
  pause: Pause,
): Promise<RoleUse> {
  const grants = role.policies.flatMap(grantsOf);
  const questions = await mapInPieces(decisions, pause, ({ decision }) =>
    questionOf(decision, role, reader, now),
  );
  const policies = grants.map(({ source }, index) => asPolicy(String(index), [source]));
  for (const [index, question] of questions.entries()) {
    await pause();
    const { consulted } = await decideAs({ policies }, question, reader);
    for (const { kind, policy, statements } of consulted) {
      const grant = grants[Number(policy)];
      if (kind !== 'identity-based policy' || grant === undefined) continue;
      if (statements.some(({ matches }) => matches)) {
        grant.calls += decisions[index]?.times ?? 1;
        grant.actions.add(question.action);
      }
    }
  }
  const denies = role.policies.flatMap(({ document }) =>
    statementsOf(document).filter(({ Effect }) => Effect === 'Deny'),
  );
  const isKept = (grant: Grant) => grant.calls > 0 || isForLogs(grant);
  const statements = [...narrowed(grants.filter(isKept)), ...denies];
  const proposed = statements.length === 0 ? [] : [asPolicy('the proposed policy', statements)];
  const again = await mapInPieces(questions, pause, (question) =>
    decideAs({ policies: proposed, boundary: role.boundary }, question, reader),
  );
  return {
    roleArn: role.arn,
    calls: decisions.reduce((sum, { times }) => sum + times, 0),
    used: grants.filter(({ calls }) => calls > 0).map(permissionOf),
    unused: grants.filter((grant) => !isKept(grant)).map(permissionOf),
    forLogs: grants.filter((grant) => grant.calls === 0 && isForLogs(grant)).map(permissionOf),
    smallest: asDocument(statements),
    isSmaller: grants.some(
      (grant) =>
        !isKept(grant) || (grant.source !== grant.whole && hasWildcard(grant.action) && grant.calls > 0),
    ),
    isProven: again.every(({ allowed }) => allowed),
  };
}

async function questionOf(
  { action, resource, context, principalArn }: AllowedDecision,
  role: RoleFacts,
  reader: PolicyReader,
  now: Date,
): Promise<AuthorizationRequest> {
  const sessionName = principalArn.split('/').at(-1) ?? '';
  return {
    principal: sessionOf(role, sessionName, { context: {}, sessionPolicies: [], now }),
    action,
    resource,
    resourceAccountId: String(context['aws:ResourceAccount'] ?? ''),
    context,
    resourcePolicy: await resourcePolicyOf(action, resource, reader),
  };
}

type Statement = Readonly<Record<string, unknown>>;

/** A part of a statement, with its use. */
interface Grant {
  readonly policy: string;
  readonly statement: string;
  readonly action: string;
  readonly resource: string;
  readonly source: Statement;
  /** The statement that contains it. */
  readonly whole: Statement;
  calls: number;
  /** The actions for which it was used. */
  readonly actions: Set<string>;
}

/** Each action on each resource that a policy allows. A `NotAction` stays in one piece. */
function grantsOf({ name, document }: NamedPolicy): Grant[] {
  return statementsOf(document).flatMap((whole, index) => {
    if (whole.Effect !== 'Allow') return [];
    const statement = typeof whole.Sid === 'string' ? whole.Sid : `#${index + 1}`;
    const base = { policy: name, statement, whole };
    const { Action, Resource } = whole;
    if (Action === undefined || Resource === undefined) {
      const action = Action === undefined ? `all but ${texts(whole.NotAction)}` : texts(Action);
      const resource = Resource === undefined ? `all but ${texts(whole.NotResource)}` : texts(Resource);
      return [{ ...base, action, resource, source: whole, calls: 0, actions: new Set<string>() }];
    }
    return [Action].flat().flatMap((action) =>
      [Resource].flat().map((resource) => ({
        ...base,
        action: String(action),
        resource: String(resource),
        source: { ...whole, Action: action, Resource: resource },
        calls: 0,
        actions: new Set<string>(),
      })),
    );
  });
}

/** The statements that allow only the used actions. Wildcards of actions are replaced. Wildcards of resources are kept. */
function narrowed(grants: readonly Grant[]): Statement[] {
  return [...Map.groupBy(grants, ({ whole }) => whole)].flatMap(([whole, own]) => {
    if (whole.Action === undefined || whole.Resource === undefined) return [whole];
    const byResource = new Map<string, Set<string>>();
    for (const { action, resource, actions } of own) {
      const needed = hasWildcard(action) && actions.size > 0 ? [...actions] : [action];
      byResource.set(resource, new Set([...(byResource.get(resource) ?? []), ...needed]));
    }
    const byActions = Map.groupBy(byResource, ([, actions]) => [...actions].sort().join(' '));
    return [...byActions].map(([actions, resources], index) => ({
      ...whole,
      ...(index > 0 && typeof whole.Sid === 'string' && { Sid: `${whole.Sid}${index + 1}` }),
      Action: oneOrAll(actions.split(' ')),
      Resource: oneOrAll(resources.map(([resource]) => resource)),
    }));
  });
}

const logActions = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];

function isForLogs({ action }: Grant): boolean {
  return action !== '*' && logActions.some((each) => wildcardMatcher(action)(each));
}

function hasWildcard(action: string): boolean {
  return /[*?]/.test(action);
}

function permissionOf({ policy, statement, action, resource, calls }: Grant): Permission {
  return { policy, statement, action, resource, calls };
}

function statementsOf({ Statement }: PolicyDocument): Statement[] {
  return [Statement].flat().filter(isObject);
}

function asDocument(statements: readonly Statement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

function asPolicy(name: string, statements: readonly Statement[]): NamedPolicy {
  return { name, document: asDocument(statements) };
}

function oneOrAll(values: readonly string[]): string | readonly string[] {
  const [only = ''] = values;
  return values.length === 1 ? only : values;
}

function texts(value: unknown): string {
  return [value].flat().join(', ');
}
