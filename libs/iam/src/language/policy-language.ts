import { defined } from '../defined.ts';
import { isObject } from '../json.ts';
import type { PolicyDocument } from '../principal.ts';
import { words } from '../words.ts';
import { type ArnPattern, parseResourcePattern } from './arn-pattern.ts';
import { type Condition, compileCondition } from './conditions.ts';
import { type Pattern, parsePattern } from './pattern.ts';

/** The kinds of principal that an element `Principal` can name. */
export type PrincipalType = 'AWS' | 'Service' | 'Federated' | 'CanonicalUser';

/** One value of an element `Principal` or `NotPrincipal`. */
export interface PrincipalValue {
  readonly type: PrincipalType;
  readonly value: string;
}

/** `Action`, `Resource` and `Principal`, or their opposites. */
export interface Element<T> {
  /** The name in the statement, e.g. `NotAction`. */
  readonly name: string;
  readonly negated: boolean;
  readonly values: readonly T[];
}

/** An action pattern. Service and name are matched separately, without regard to case. */
export interface ActionPattern {
  readonly source: string;
  /** In lower case; `'any'` for `*`; `'none'` if it cannot match any action. */
  readonly match: { readonly service: string; readonly name: Pattern } | 'any' | 'none';
}

/** A statement, ready to be evaluated many times. */
export interface Statement {
  /** Its `Sid`, or its 1-based position as `#1`. */
  readonly label: string;
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  readonly principal?: Element<PrincipalValue>;
  readonly action?: Element<ActionPattern>;
  readonly resource?: Element<ArnPattern>;
  readonly conditions: readonly Condition[];
  /** The statement's JSON. */
  readonly source: Readonly<Record<string, unknown>>;
}

/** A parsed policy document. */
export interface Policy {
  readonly version?: string;
  readonly statements: readonly Statement[];
}

/** A document that is not in the policy language. The message has the place and the reason. */
export class PolicySyntaxError extends Error {
  override readonly name = 'PolicySyntaxError';
}

const topLevel = new Set(words('Version Id Statement'));
const statementElements = new Set(
  words('Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition'),
);
const principalTypes = new Set(words('AWS Service Federated CanonicalUser'));

/**
 * Parses a policy document. Elements that some kinds of policy do not have (`Resource`, `Principal`) may be missing.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 * @throws {PolicySyntaxError} if the document is not in the policy language
 */
export function parsePolicy(document: unknown): Policy {
  if (!isObject(document)) throw new PolicySyntaxError('The document must be a JSON object.');
  refuseUnknown(document, topLevel, 'the document');
  const { Version: version, Id: id, Statement: statement } = document;
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') {
    throw new PolicySyntaxError('Version must be "2012-10-17" or "2008-10-17".');
  }
  if (id !== undefined && typeof id !== 'string') throw new PolicySyntaxError('Id must be a string.');
  const statements = Array.isArray(statement) ? statement : [statement];
  if (statement === undefined || statements.length === 0) {
    throw new PolicySyntaxError('Statement must have at least one statement.');
  }
  // Documents of the older version have no variables: `${aws:username}` is plain text in them.
  const variables = version === '2012-10-17';
  const all = statements.map((each, index) => parseStatement(each, index + 1, variables));
  return defined({ version, statements: withOwnLabels(all) });
}

/** Statements that share a `Sid` get their positions, too: else nobody could tell which one is meant. */
function withOwnLabels(statements: readonly Statement[]): Statement[] {
  const bySid = Map.groupBy(statements, ({ label }) => label);
  return statements.map((each, index) =>
    bySid.get(each.label)?.length === 1 ? each : { ...each, label: `${each.label} (#${index + 1})` },
  );
}

const parsed = new WeakMap<PolicyDocument, Policy>();

/** {@link parsePolicy}, once for each document, because documents are immutable. Also throws for an invalid action. */
export function loadPolicy(document: PolicyDocument): Policy {
  const known = parsed.get(document);
  if (known !== undefined) return known;
  const policy = parsePolicy(document);
  for (const { label, action } of policy.statements) {
    if (action === undefined) throw new PolicySyntaxError(`Statement ${label} has no Action.`);
    const wrong = action.values.find(({ match }) => match === 'none');
    if (wrong !== undefined) {
      throw new PolicySyntaxError(
        `Statement ${label}: "${wrong.source}" is not an action. Write service:Name.`,
      );
    }
  }
  parsed.set(document, policy);
  return policy;
}

/** Why nothing can be decided on a policy document. Returns `undefined` if it is in the policy language. */
export function policyProblem(document: PolicyDocument): string | undefined {
  try {
    loadPolicy(document);
    return undefined;
  } catch (error) {
    if (error instanceof PolicySyntaxError) return error.message;
    throw error;
  }
}

function parseStatement(statement: unknown, position: number, variables: boolean): Statement {
  const at = `statement #${position}`;
  if (!isObject(statement)) throw new PolicySyntaxError(`${at} must be a JSON object.`);
  refuseUnknown(statement, statementElements, at);
  const { Sid: sid, Effect: effect } = statement;
  if (sid !== undefined && typeof sid !== 'string')
    throw new PolicySyntaxError(`${at}: Sid must be a string.`);
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw new PolicySyntaxError(`${at}: Effect must be "Allow" or "Deny".`);
  }
  const principal = parseElement(statement, 'Principal', at, parsePrincipal);
  const action = parseElement(statement, 'Action', at, (value, where) =>
    textsOf(value, where).map(parseAction),
  );
  const resource = parseElement(statement, 'Resource', at, (value, where) =>
    textsOf(value, where).map((text) => parseResourcePattern(text, variables)),
  );
  return {
    label: sid || `#${position}`,
    effect,
    ...defined({ sid, principal, action, resource }),
    conditions: parseConditions(statement.Condition, at, variables),
    source: statement,
  };
}

function parseElement<T>(
  statement: Record<string, unknown>,
  name: 'Principal' | 'Action' | 'Resource',
  at: string,
  parse: (value: unknown, at: string) => T[],
): Element<T> | undefined {
  const negation = `Not${name}`;
  if (statement[name] !== undefined && statement[negation] !== undefined) {
    throw new PolicySyntaxError(`${at} has both ${name} and ${negation}.`);
  }
  const negated = statement[negation] !== undefined;
  const found = negated ? negation : name;
  const value = statement[found];
  return value === undefined ? undefined : { name: found, negated, values: parse(value, `${at}: ${found}`) };
}

function parsePrincipal(value: unknown, at: string): PrincipalValue[] {
  if (value === '*') return [{ type: 'AWS', value: '*' }];
  if (!isObject(value)) throw new PolicySyntaxError(`${at} must be "*" or a JSON object.`);
  refuseUnknown(value, principalTypes, at);
  return Object.entries(value).flatMap(([type, values]) =>
    textsOf(values, `${at}.${type}`).map((text) => ({ type: type as PrincipalType, value: text })),
  );
}

/**
 * Reads an element of `Action`. Whitespace is part of the name, and matches no action, as in IAM
 * (https://github.com/cloud-copilot/iam-policy, src/lint: "AWS technically allows these").
 */
function parseAction(source: string): ActionPattern {
  if (/^\*+$/.test(source)) return { source, match: 'any' };
  const [service, name, ...rest] = source.toLowerCase().split(':');
  if (service === undefined || name === undefined || rest.length > 0 || !/^[a-z0-9.-]+$/.test(service)) {
    return { source, match: 'none' };
  }
  return { source, match: { service, name: parsePattern(name, { wildcards: true, variables: false }) } };
}

function parseConditions(value: unknown, at: string, variables: boolean): Condition[] {
  if (value === undefined) return [];
  if (!isObject(value)) throw new PolicySyntaxError(`${at}: Condition must be a JSON object.`);
  return Object.entries(value).flatMap(([operator, keys]) => {
    if (!isObject(keys)) throw new PolicySyntaxError(`${at}: ${operator} must be a JSON object.`);
    return Object.entries(keys).map(([key, texts]) => {
      const values = textsOf(texts, `${at}: ${operator} ${key}`, true);
      const condition = compileCondition(operator, key, values, variables);
      if (condition === undefined) {
        throw new PolicySyntaxError(
          `${at}: ${operator} is not a condition operator, or does not take ${JSON.stringify(values)}.`,
        );
      }
      return condition;
    });
  });
}

function textsOf(value: unknown, at: string, scalars = false): string[] {
  return (Array.isArray(value) ? value : [value]).map((each: unknown) => {
    if (typeof each === 'string') return each;
    if (scalars && (typeof each === 'boolean' || typeof each === 'number')) return String(each);
    throw new PolicySyntaxError(`${at} must be a string or a list of strings.`);
  });
}

function refuseUnknown(object: Record<string, unknown>, known: ReadonlySet<string>, at: string): void {
  const unknown = Object.keys(object).find((key) => !known.has(key));
  if (unknown !== undefined) throw new PolicySyntaxError(`Unknown field ${unknown} in ${at}.`);
}
