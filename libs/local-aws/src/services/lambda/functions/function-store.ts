import { randomUUID } from 'node:crypto';
import { AwsError } from '../../../core/errors.ts';
import type { NamedPolicy } from '../../../core/principal.ts';
import type { Scope } from '../../../pipeline/endpoint.ts';
import type { CodePackage } from '../code/code-packages.ts';
import { type FunctionReference, functionArn } from './function-name.ts';
import { type PolicyStatement, policyDocument } from './function-policy.ts';
import type { FunctionSettings } from './settings.ts';

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
