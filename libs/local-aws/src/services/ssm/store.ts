import type { Clock } from '../../core/clock.ts';
import { AwsError, errorOf } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';

/** The kinds of parameters. */
export const parameterTypes = ['String', 'StringList', 'SecureString'] as const;

/** The settings that a parameter's owner chooses. */
export interface ParameterSettings {
  readonly type: (typeof parameterTypes)[number];
  readonly value: string;
  readonly tier: string;
  readonly description?: string | undefined;
  /** The ARN of whoever wrote the version. */
  readonly author?: string | undefined;
}

/** One version of a parameter. */
export interface ParameterVersion extends ParameterSettings {
  /** From 1. */
  readonly version: number;
  readonly modifiedAt: Date;
}

/** A parameter with all its versions. */
export interface Parameter extends Scope {
  readonly name: string;
  readonly arn: string;
  /** Oldest first; never empty. */
  readonly versions: [ParameterVersion, ...ParameterVersion[]];
}

/** AWS keeps 100 versions (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html). */
const MOST_VERSIONS = 100;
/** In bytes (https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html). */
const longestValue = (tier: string) => (tier === 'Standard' ? 4096 : 8192);

/** The ARN of a parameter. A hierarchical name already begins with the slash. */
export function parameterArn({ accountId, region }: Scope, name: string): string {
  return `arn:aws:ssm:${region}:${accountId}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
}

/** The parameters of all accounts and regions. */
export class ParameterStore {
  readonly #clock: Clock;
  readonly #parameters = new Map<string, Parameter>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Creates a parameter, or gives an existing one a new version. */
  put(scope: Scope, name: string, settings: ParameterSettings, overwrite: boolean): ParameterVersion {
    checkName(name);
    checkValue(settings);
    const arn = parameterArn(scope, name);
    const present = this.#parameters.get(arn);
    if (present !== undefined && !overwrite) {
      throw new AwsError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    const version = present === undefined ? 1 : latestOf(present).version + 1;
    const next = { ...settings, version, modifiedAt: this.#clock.now() };
    const { accountId, region } = scope;
    if (present === undefined) this.#parameters.set(arn, { accountId, region, name, arn, versions: [next] });
    else present.versions.push(next);
    if (present !== undefined && present.versions.length > MOST_VERSIONS) present.versions.shift();
    return next;
  }

  /** Accounts share no parameters here. @param nameOrArn without a version */
  find(scope: Scope, nameOrArn: string): Parameter | undefined {
    const arn = nameOrArn.startsWith('arn:') ? nameOrArn : parameterArn(scope, nameOrArn);
    return arn.startsWith(parameterArn(scope, '')) ? this.#parameters.get(arn) : undefined;
  }

  /** Finds the parameter and the version of a selector: `/name` for the latest, `/name:3` for version 3. */
  findVersion(scope: Scope, selector: string): readonly [Parameter, ParameterVersion] | undefined {
    const [, name = '', version] = /^(arn:.*:parameter\/[^:]*|[^:]*)(?::(.*))?$/s.exec(selector) ?? [];
    const parameter = this.find(scope, name);
    if (parameter === undefined) return undefined;
    const latest = latestOf(parameter);
    const found =
      version === undefined ? latest : parameter.versions.find((one) => `${one.version}` === version);
    if (found !== undefined) return [parameter, found];
    throw new AwsError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${version} of ${name}. Labels are not supported by local AWS.`,
    );
  }

  /** Sorted by name. */
  list({ accountId, region }: Scope): Parameter[] {
    return [...this.#parameters.values()]
      .filter((parameter) => parameter.accountId === accountId && parameter.region === region)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @returns whether the parameter existed */
  delete(scope: Scope, name: string): boolean {
    return this.#parameters.delete(parameterArn(scope, name));
  }
}

/** The newest version of a parameter. */
export function latestOf({ versions }: Parameter): ParameterVersion {
  return versions.at(-1) ?? versions[0];
}

/** The error for a parameter that does not exist. AWS's has no message. */
export function parameterNotFound(): AwsError {
  return new AwsError('ParameterNotFound', '');
}

function checkName(name: string): void {
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw validationError(
      `Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive): ${name.slice(0, 200)}.`,
    );
  }
  if (!/^(?=.{1,1011}$)(?:[\w.-]+|(?:\/[\w.-]+){1,15})$/.test(name)) {
    throw validationError(
      `Parameter name: can only include a-z, A-Z, 0-9, and the symbols . - and _; with levels, it begins with a slash and has at most 15 of them: ${name.slice(0, 200)}.`,
    );
  }
}

function checkValue({ value, tier }: ParameterSettings): void {
  const longest = longestValue(tier);
  if (Buffer.byteLength(value) <= longest) return;
  throw validationError(
    `${tier} tier parameters support a maximum parameter value of ${longest} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.`,
  );
}

/** The error for a value that Systems Manager refuses. */
export const validationError = errorOf('ValidationException');
