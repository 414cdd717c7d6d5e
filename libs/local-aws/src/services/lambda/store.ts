import { randomUUID } from 'node:crypto';
import { AwsError } from '../../core/errors.ts';
import { type PolicyPrincipals, unboundPrincipals } from '../../core/policy-principals.ts';
import type { NamedPolicy } from '../../core/principal.ts';
import type { Scope } from '../../core/scope.ts';
import type { CodePackage } from './code/packages.ts';
import { type FunctionReference, functionArn } from './functions/function-name.ts';
import { type PolicyStatement, policyDocument } from './functions/function-policy.ts';
import type { FunctionSettings } from './functions/settings.ts';

/** One state of a function: `$LATEST` until its next change, or a published version. Never changed, only replaced. */
export interface FunctionVersion {
  readonly scope: Scope;
  readonly functionName: string;
  /** `$LATEST` or a number. */
  readonly version: string;
  readonly settings: FunctionSettings;
  readonly code: CodePackage;
  readonly lastModified: Date;
  readonly revisionId: string;
}

/** A function: its versions, and what applies to them all. */
export interface LambdaFunction {
  readonly scope: Scope;
  readonly name: string;
  latest: FunctionVersion;
  readonly published: Map<string, FunctionVersion>;
  /** By qualifier; `''` is the function itself. */
  readonly policies: Map<string, PolicyStatement[]>;
  readonly tags: Map<string, string>;
  reservedConcurrency?: number;
  lastVersion: number;
}

/** The functions of all accounts and regions. */
export class FunctionStore {
  readonly #functions = new Map<string, LambdaFunction>();
  readonly #principals: PolicyPrincipals;

  /** @param principals default: principals of function policies are taken as they are written */
  constructor(principals = unboundPrincipals) {
    this.#principals = principals;
  }

  /** @throws AwsError `ResourceConflictException` where there is one of that name */
  add(created: LambdaFunction): void {
    const key = keyOf({ ...created.scope, name: created.name });
    if (this.#functions.has(key)) {
      throw new AwsError('ResourceConflictException', `Function already exist: ${created.name}`, 409);
    }
    this.#functions.set(key, created);
  }

  /** The function, whatever qualifier the reference has. */
  find(reference: FunctionReference): LambdaFunction | undefined {
    return this.#functions.get(keyOf(reference));
  }

  /** @throws AwsError `ResourceNotFoundException` */
  get(reference: FunctionReference): LambdaFunction {
    const found = this.find(reference);
    if (found === undefined) throw functionNotFound(reference);
    return found;
  }

  /** @throws AwsError `ResourceNotFoundException` for the function, or for the version that the qualifier names */
  version(reference: FunctionReference): FunctionVersion {
    const found = this.get(reference);
    const { qualifier } = reference;
    if (qualifier === undefined || qualifier === '$LATEST') return found.latest;
    const version = found.published.get(qualifier);
    if (version === undefined) throw functionNotFound(reference);
    return version;
  }

  /** Forgets the function; its versions' code and environments are the caller's to end. */
  delete(reference: FunctionReference): void {
    this.#functions.delete(keyOf(reference));
  }

  /** In the order of their names. */
  list(scope: Scope): LambdaFunction[] {
    return [...this.#functions.values()]
      .filter(({ scope: own }) => own.accountId === scope.accountId && own.region === scope.region)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Adds a statement to the policy of the function, or of the qualifier that the reference has.
   * @throws AwsError `ResourceNotFoundException`; `InvalidParameterValueException` for a principal that does not exist;
   * `ResourceConflictException` for a statement ID that is there
   */
  addStatement(reference: FunctionReference, statement: PolicyStatement): void {
    this.version(reference);
    const { policies } = this.get(reference);
    const statements = policies.get(reference.qualifier ?? '') ?? [];
    if (statements.some(({ Sid }) => Sid === statement.Sid)) {
      throw new AwsError(
        'ResourceConflictException',
        `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
        409,
      );
    }
    policies.set(reference.qualifier ?? '', [...statements, this.#bound(statement)]);
  }

  #bound(statement: PolicyStatement): PolicyStatement {
    try {
      const { Statement: bound } = this.#principals.bindPrincipals({ Statement: statement });
      return bound as PolicyStatement;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw new AwsError(
        'InvalidParameterValueException',
        `The provided principal was invalid. Please check the principal and try again. (${error.message})`,
      );
    }
  }

  /** The resource policy as reads return it: see {@link PolicyPrincipals.showPrincipals}. */
  shownPolicy(reference: FunctionReference): NamedPolicy | undefined {
    const policy = this.policy(reference);
    return policy && { ...policy, document: this.#principals.showPrincipals(policy.document) };
  }

  /** The resource policy of the function, or of the qualifier that the reference has; `undefined` where there is none. */
  policy(reference: FunctionReference): NamedPolicy | undefined {
    const statements = this.find(reference)?.policies.get(reference.qualifier ?? '');
    return statements === undefined || statements.length === 0
      ? undefined
      : { name: `policy of function ${functionArn(reference)}`, document: policyDocument(statements) };
  }
}

/** @returns AWS's error for a function or version that does not exist */
function functionNotFound(reference: FunctionReference): AwsError {
  return new AwsError('ResourceNotFoundException', `Function not found: ${functionArn(reference)}`, 404);
}

/** A new state of a function. */
export function functionVersion(fields: Omit<FunctionVersion, 'revisionId'>): FunctionVersion {
  return { ...fields, revisionId: randomUUID() };
}

function keyOf({ accountId, region, name }: FunctionReference): string {
  return `${accountId}/${region}/${name}`;
}
