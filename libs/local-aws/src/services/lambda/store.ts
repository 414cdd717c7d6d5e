import { randomUUID } from 'node:crypto';
import type { NamedPolicy, PolicyDocument } from '@cross-account-api/iam';
import { defined } from '../../core/defined.ts';
import { AwsError } from '../../core/errors.ts';
import { Lag, type LagOptions } from '../../core/lag.ts';
import type { PolicyPrincipals } from '../../core/policy-principals.ts';
import type { Scope } from '../../core/scope.ts';
import type { CodePackage } from './code/packages.ts';
import { conflict, invalid, notFound, policyTooLong } from './functions/errors.ts';
import { type FunctionReference, functionArn } from './functions/function-name.ts';
import {
  invalidPrincipal,
  type PermissionInput,
  type PolicyStatement,
  permissionStatement,
} from './functions/function-policy.ts';
import type { FunctionSettings } from './functions/settings.ts';

/** One state of a function: `$LATEST` until its next change, or a published version. Immutable, except for the revision. */
export interface FunctionVersion extends Scope {
  readonly name: string;
  readonly version: string;
  readonly settings: FunctionSettings;
  readonly code: CodePackage;
  readonly lastModified: Date;
  /** Also changes with the resource policy. */
  revisionId: string;
}

/** A name for a version, to which its invocations go. Immutable, except for the revision. */
export interface FunctionAlias {
  readonly name: string;
  /** A published version, or `$LATEST`. */
  readonly version: string;
  readonly description: string;
  /** The shares of the invocations that go to other versions, from 0 to 1, by version. */
  readonly weights: Readonly<Record<string, number>>;
  /** Also changes with the resource policy. */
  revisionId: string;
}

/** The URL of a function, or of one of its aliases. Immutable. */
export interface FunctionUrl {
  /** The first label of its host. */
  readonly id: string;
  /** Whether IAM decides who calls it, or everybody may whom the function's policy admits. */
  readonly authType: 'AWS_IAM' | 'NONE';
  /** As it was given. It has no effect. */
  readonly cors?: object | undefined;
  readonly created: Date;
  readonly lastModified: Date;
}

/** A function: its versions, and the settings that apply to all of them. */
export interface LambdaFunction extends Scope {
  readonly name: string;
  latest: FunctionVersion;
  /** What `$LATEST` was before its last change, if invocations may still run it. */
  replaced: FunctionVersion | undefined;
  readonly published: Map<string, FunctionVersion>;
  readonly aliases: Map<string, FunctionAlias>;
  /** By alias; `''` for the function itself. */
  readonly urls: Map<string, FunctionUrl>;
  /** By qualifier; `''` for the function itself. Replaced as a whole: evaluation caches parsed policies by document. */
  readonly policies: Map<string, FunctionPolicy>;
  tags: Readonly<Record<string, string>>;
  reservedConcurrency: number | undefined;
  /** Whether Lambda stops a chain of requests that invokes the function again and again. */
  recursiveLoop: RecursiveLoop;
  lastVersion: number;
  /** What `$LATEST` was when the last version was published. */
  publishedContent: string | undefined;
}

/** The setting of {@link LambdaFunction.recursiveLoop}. */
export type RecursiveLoop = 'Allow' | 'Terminate';

type FunctionPolicy = PolicyDocument & { readonly Statement: readonly PolicyStatement[] };

/** The functions of all accounts and regions, with their resource policies. */
export class FunctionStore {
  readonly #functions = new Map<string, LambdaFunction>();
  readonly #principals: PolicyPrincipals;
  readonly #lag: Lag<FunctionPolicy>;

  constructor(principals: PolicyPrincipals, lag: LagOptions) {
    this.#principals = principals;
    this.#lag = new Lag(lag);
  }

  checkAvailable(reference: FunctionReference): void {
    if (this.find(reference) !== undefined) throw conflict(`Function already exist: ${reference.name}`);
  }

  add(created: LambdaFunction): void {
    this.checkAvailable(created);
    this.#functions.set(keyOf(created), created);
  }

  /** Finds the function; ignores the qualifier. */
  find(reference: FunctionReference): LambdaFunction | undefined {
    return this.#functions.get(keyOf(reference));
  }

  get(reference: FunctionReference): LambdaFunction {
    const found = this.find(reference);
    if (found === undefined) throw functionNotFound(reference);
    return found;
  }

  /** The version that the reference names, or the one of its alias. */
  version(reference: FunctionReference): FunctionVersion {
    const version = this.#version(reference, this.#alias(reference)?.version ?? reference.qualifier);
    if (version === undefined) throw functionNotFound(reference);
    return version;
  }

  /**
   * Checks that the version or alias exists that the reference names, if it names one.
   * @throws AwsError `ResourceNotFoundException`, with other words for a name that an alias may have
   */
  checkQualifier(reference: FunctionReference): void {
    const { qualifier = '' } = reference;
    const isAliasName = /^(?!\d+$)[\w-]+$/.test(qualifier);
    const { aliases } = this.get(reference);
    if (isAliasName && !aliases.has(qualifier))
      throw notFound(`Cannot find alias arn: ${functionArn(reference)}`);
    this.version(reference);
  }

  /** The version that an invocation runs. @param random from 0 to 1: selects a version by the weights of an alias */
  versionToRun(reference: FunctionReference, random = Math.random()): FunctionVersion {
    let share = 0;
    for (const [version, weight] of Object.entries(this.#alias(reference)?.weights ?? {})) {
      share += weight;
      if (random < share) return this.#version(reference, version) ?? this.version(reference);
    }
    return this.version(reference);
  }

  #version(reference: FunctionReference, name = '$LATEST'): FunctionVersion | undefined {
    const { latest, published } = this.get(reference);
    return name === '$LATEST' ? latest : published.get(name);
  }

  #alias(reference: FunctionReference): FunctionAlias | undefined {
    return this.get(reference).aliases.get(reference.qualifier ?? '');
  }

  /** Removes the function. The caller ends its environments and releases its code. */
  delete(reference: FunctionReference): void {
    this.#functions.delete(keyOf(reference));
  }

  all(): LambdaFunction[] {
    return [...this.#functions.values()];
  }

  list({ accountId, region }: Scope): LambdaFunction[] {
    return this.all()
      .filter((one) => one.accountId === accountId && one.region === region)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Adds a statement to the policy of the function, or of the reference's qualifier. */
  addStatement(reference: FunctionReference, sid: string, input: PermissionInput): PolicyStatement {
    if (reference.qualifier === '$LATEST') {
      throw invalid('We currently do not support adding policies for $LATEST.');
    }
    this.version(reference);
    const statement = permissionStatement(sid, input, functionArn(reference));
    const statements = this.#policy(reference)?.Statement ?? [];
    if (statements.some(({ Sid }) => Sid === sid)) {
      throw conflict(
        `The statement id (${sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      );
    }
    const all = [...statements, this.#bound(statement)];
    const bytes = Buffer.byteLength(JSON.stringify(policyOf(all)));
    if (bytes > MOST_POLICY_BYTES) throw policyTooLong(bytes, MOST_POLICY_BYTES);
    this.#setStatements(reference, all);
    return statement;
  }

  /** A statement of the policy of the function, or of the reference's qualifier. */
  statement(reference: FunctionReference, sid: string): PolicyStatement | undefined {
    const policy = this.#policy(reference);
    const shown = policy && (this.#principals.showPrincipals(policy) as FunctionPolicy);
    return shown?.Statement.find(({ Sid }) => Sid === sid);
  }

  /** Removes a statement from the policy of the function, or of the reference's qualifier. @returns whether it existed */
  removeStatement(reference: FunctionReference, sid: string): boolean {
    const statements = this.#policy(reference)?.Statement ?? [];
    const others = statements.filter(({ Sid }) => Sid !== sid);
    if (others.length === statements.length) return false;
    this.#setStatements(reference, others);
    return true;
  }

  /** The condition keys of a statement that is to be removed. */
  keysOfStatement(reference: FunctionReference, sid: string): Readonly<Record<string, string>> {
    const statement = this.#policy(reference)?.Statement.find(({ Sid }) => Sid === sid);
    return defined({
      'lambda:FunctionUrlAuthType': statement?.Condition?.StringEquals?.['lambda:FunctionUrlAuthType'],
    });
  }

  /** The resource policy of the function, or of the reference's qualifier, for reads. */
  policy(reference: FunctionReference): NamedPolicy | undefined {
    const document = this.#policy(reference);
    return named(reference, document && this.#principals.showPrincipals(document));
  }

  /**
   * The revision of the alias or version that the reference names: code, configuration and policy have the same one, as LocalStack's tests
   * recorded on AWS (`test_function_revisions_permissions`, https://github.com/localstack/localstack).
   * @throws AwsError `ResourceNotFoundException`
   */
  revision(reference: FunctionReference): string {
    return (this.#alias(reference) ?? this.version(reference)).revisionId;
  }

  /** The resource policy for authorization: a change takes effect after the propagation delay. */
  seenPolicy(reference: FunctionReference): NamedPolicy | undefined {
    return named(reference, this.#lag.seen(functionArn(reference), this.#policy(reference)));
  }

  #policy(reference: FunctionReference): FunctionPolicy | undefined {
    return this.find(reference)?.policies.get(reference.qualifier ?? '');
  }

  #setStatements(reference: FunctionReference, statements: readonly PolicyStatement[]): void {
    const policy = policyOf(statements);
    const { policies } = this.get(reference);
    this.#lag.changing(functionArn(reference), () => this.#policy(reference));
    policies.set(reference.qualifier ?? '', policy);
    const revised = this.#alias(reference) ?? this.#version(reference, reference.qualifier);
    if (revised !== undefined) revised.revisionId = randomUUID();
  }

  #bound(statement: PolicyStatement): PolicyStatement {
    try {
      const { Statement: bound } = this.#principals.bindPrincipals({ Statement: statement });
      return bound as PolicyStatement;
    } catch (error) {
      throw error instanceof AwsError ? invalidPrincipal(error.message) : error;
    }
  }
}

/** "Function resource-based policy: 20 KB", https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_POLICY_BYTES = 20_480;

function policyOf(statements: readonly PolicyStatement[]): FunctionPolicy {
  return { Version: '2012-10-17', Id: 'default', Statement: statements };
}

function named(reference: FunctionReference, document: PolicyDocument | undefined): NamedPolicy | undefined {
  if (document === undefined || [document.Statement].flat().length === 0) return undefined;
  return { name: `policy of function ${functionArn(reference)}`, document };
}

function functionNotFound(reference: FunctionReference): AwsError {
  return notFound(`Function not found: ${functionArn(reference)}`);
}

function keyOf({ accountId, region, name }: FunctionReference): string {
  return `${accountId}/${region}/${name}`;
}
