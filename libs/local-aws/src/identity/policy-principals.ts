import { isObject } from '../core/is-object.ts';
import type { PolicyPrincipals } from '../core/policy-principals.ts';
import type { PolicyDocument } from '../core/principal.ts';
import { parseIdentityArn } from './arn.ts';
import { malformedPolicy } from './errors.ts';

/** What a policy's principals are checked against. */
export interface PrincipalLookup {
  hasAccount(accountId: string): boolean;
  /** The unique ID of the role or user with this ARN. */
  uniqueId(arn: string): string | undefined;
  /** The ARN of the role or user with this unique ID. */
  arn(uniqueId: string): string | undefined;
}

const UNIQUE_ID = /^A(?:IDA|ROA)[A-Z2-7]{17}$/;
const SERVICE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com$/;
const FEDERATED =
  /^(?:arn:aws:iam::\d{12}:(?:saml-provider|oidc-provider)\/.{1,256}|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/;

/**
 * Stores a resource-based policy as AWS does: a role or user that `Principal` or `NotPrincipal` names is replaced by its
 * unique ID, so that the policy does not apply to another one that later has the same name
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles).
 * @throws AwsError `MalformedPolicyDocument` for a principal that does not exist
 */
export function bindPrincipals(document: PolicyDocument, lookup: PrincipalLookup): PolicyDocument {
  return mapPrincipals(document, (type, principal) => {
    const bound = bindPrincipal(type, principal, lookup);
    if (bound !== undefined) return bound;
    // IAM writes the type in capitals: "AWS", "SERVICE", "FEDERATED".
    throw malformedPolicy(
      `Invalid principal in policy: "${type.toUpperCase()}":"${principal.slice(0, 2048)}"`,
    );
  });
}

function bindPrincipal(type: string, principal: string, lookup: PrincipalLookup): string | undefined {
  switch (type) {
    case 'AWS':
      return bindAwsPrincipal(principal, lookup);
    case 'Service':
      return SERVICE.test(principal) ? principal : undefined;
    case 'Federated':
      return FEDERATED.test(principal) ? principal : undefined;
    case 'CanonicalUser':
      return principal;
    default:
      return undefined;
  }
}

function bindAwsPrincipal(principal: string, lookup: PrincipalLookup): string | undefined {
  if (principal === '*') return principal;
  if (/^\d{12}$/.test(principal)) {
    return lookup.hasAccount(principal) ? `arn:aws:iam::${principal}:root` : undefined;
  }
  if (UNIQUE_ID.test(principal)) return lookup.arn(principal) === undefined ? undefined : principal;
  const arn = parseIdentityArn(principal);
  switch (arn?.kind) {
    case 'root':
    case 'assumed-role':
      // A session keeps its ARN: it need not exist yet, and the ARN does not have the role's path.
      return lookup.hasAccount(arn.accountId) ? principal : undefined;
    case 'role':
    case 'user':
      return lookup.uniqueId(principal);
    default:
      return undefined;
  }
}

/**
 * The policy as reads return it and as it is evaluated. Unique IDs become ARNs again. The ID of a deleted role or user stays, and
 * matches no principal.
 */
export function showPrincipals(document: PolicyDocument, lookup: PrincipalLookup): PolicyDocument {
  return mapPrincipals(document, (type, principal) =>
    type === 'AWS' && UNIQUE_ID.test(principal) ? (lookup.arn(principal) ?? principal) : principal,
  );
}

/** Binds and shows principals by a lookup, and keeps what it has shown until the lookup's answers may change. */
export class PrincipalBinding implements PolicyPrincipals {
  readonly #lookup: PrincipalLookup;
  /** By bound policy. The same value each time, as evaluation keeps what it parsed by document. */
  #shown = new WeakMap<PolicyDocument, PolicyDocument>();

  constructor(lookup: PrincipalLookup) {
    this.#lookup = lookup;
  }

  bindPrincipals(document: PolicyDocument): PolicyDocument {
    return bindPrincipals(document, this.#lookup);
  }

  showPrincipals(document: PolicyDocument): PolicyDocument {
    const shown = this.#shown.get(document) ?? showPrincipals(document, this.#lookup);
    this.#shown.set(document, shown);
    return shown;
  }

  /** Must be called whenever a role or user is created, moved or deleted. */
  principalsChanged(): void {
    this.#shown = new WeakMap();
  }
}

type PrincipalMapping = (type: string, principal: string) => string;

function mapPrincipals(document: PolicyDocument, map: PrincipalMapping): PolicyDocument {
  const { Statement: statements } = document;
  return {
    ...document,
    Statement: Array.isArray(statements)
      ? statements.map((statement) => mapStatement(statement, map))
      : mapStatement(statements, map),
  };
}

function mapStatement(statement: unknown, map: PrincipalMapping): unknown {
  if (!isObject(statement)) return statement;
  const mapped: Record<string, unknown> = { ...statement };
  for (const element of ['Principal', 'NotPrincipal']) {
    const principals = statement[element];
    if (!isObject(principals)) continue;
    mapped[element] = Object.fromEntries(
      Object.entries(principals).map(([type, value]) => [
        type,
        Array.isArray(value)
          ? value.map((each) => (typeof each === 'string' ? map(type, each) : each))
          : typeof value === 'string'
            ? map(type, value)
            : value,
      ]),
    );
  }
  return mapped;
}
