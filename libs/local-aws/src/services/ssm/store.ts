import type { Clock } from '../../core/clock.ts';
import { AwsError, errorOf } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';

/** The kinds of parameters. */
export const parameterTypes = ['String', 'StringList', 'SecureString'] as const;

/** What a parameter's owner sets. */
export interface ParameterSettings {
  readonly type: (typeof parameterTypes)[number];
  readonly value: string;
  readonly tier: string;
}

/** A parameter: its latest version, the only one that is kept. */
export interface Parameter extends ParameterSettings {
  readonly name: string;
  readonly arn: string;
  /** From 1. */
  readonly version: number;
  readonly modifiedAt: Date;
}

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
  put(scope: Scope, name: string, settings: ParameterSettings, overwrite: boolean): Parameter {
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
    const version = (present?.version ?? 0) + 1;
    const parameter = { ...settings, name, arn, version, modifiedAt: this.#clock.now() };
    this.#parameters.set(arn, parameter);
    return parameter;
  }

  find(scope: Scope, name: string): Parameter | undefined {
    return this.#parameters.get(parameterArn(scope, name));
  }

  /** @returns whether there was such a parameter */
  delete(scope: Scope, name: string): boolean {
    return this.#parameters.delete(parameterArn(scope, name));
  }
}

/** The error for a parameter that does not exist. */
export function parameterNotFound(name: string): AwsError {
  return new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
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
