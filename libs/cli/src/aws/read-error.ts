import { ProfileFailure } from '@cross-account-api/command-line';
import { readRefusal } from '@cross-account-api/iam/explanation';
import { callOf, callWith } from '../call-of.ts';
import type { Credentials } from './credentials.ts';

/** The reason why nothing can be explained, with the remedy. */
export class ReadError extends Error {
  override readonly name = 'ReadError';
  readonly code: ReadErrorCode;
  /** The missing permission or option. Absent if the account cannot be read at all. */
  readonly permission: string | undefined;
  /** The operation that failed, and its error. Absent if that was expected. */
  readonly failure: string | undefined;

  constructor(
    code: ReadErrorCode,
    message: string,
    {
      permission,
      failure,
      ...options
    }: ErrorOptions & { readonly permission?: string; readonly failure?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.permission = permission;
    this.failure = failure;
  }
}

/** Kinds of {@link ReadError}. */
export type ReadErrorCode =
  /** Local AWS does not run, or never ran. */
  | 'NO_LOCAL_AWS'
  /** `services/stages.yml` lacks a value that is needed. */
  | 'NOT_CONFIGURED'
  /** The stage is not deployed, or only partly. */
  | 'NOT_DEPLOYED'
  /** A profile has no usable credentials. */
  | 'NO_CREDENTIALS'
  /** A profile lacks a permission to read. */
  | 'MAY_NOT_READ'
  /** No profile of an account was given. */
  | 'NOT_OPEN'
  /** AWS cannot be reached, or answers with an error. */
  | 'CANNOT_READ'
  /** The environment points at the wrong AWS. */
  | 'WRONG_AWS';

/** The credentials and the command of a failed call, for the message. */
export interface FailedCall {
  readonly source: Credentials;
  /** The stage of services/stages.yml that the command reads. Absent if the user named a profile. */
  readonly stage?: string | undefined;
  /** The command that prints the permissions it needs. */
  readonly command: StageCommand;
}

/** The commands that read a deployed stage. */
export type StageCommand = 'call' | 'check' | 'explain' | 'handover' | 'repair' | 'review' | 'verify';

/** Turns an error of the AWS SDK into one whose message has a remedy. */
export function readErrorOf(error: unknown, { source, stage, command }: FailedCall): ReadError {
  if (error instanceof ReadError) return error;
  const { name, message, status } = factsOf(error);
  // The SDK adds this hint for programmers to the error of its parser.
  const [unreadable, hint] = message.split('\n  Deserialization error: ');
  const { profile } = source;
  const subject = `${source.subject}${stage === undefined ? '' : ` (stage ${stage})`}`;
  if (error instanceof ProfileFailure) {
    const isNamed = source.subject === `The profile "${profile}"` && error.what.includes(`"${profile}"`);
    const names = stage === undefined ? '' : ` services/stages.yml names the profiles of stage ${stage}.`;
    return new ReadError(
      'NO_CREDENTIALS',
      `${isNamed ? '' : `${subject}: `}${error.what} ${error.remedy}.${names}`,
      { cause: error },
    );
  }
  const signIn = profile === undefined ? 'Sign in' : `Sign in (aws sso login --profile ${profile})`;
  if (/^(CredentialsProvider|TokenProvider|Provider)Error$|^ConfigError$/.test(name)) {
    return new ReadError(
      'NO_CREDENTIALS',
      `${subject} has no credentials: ${message}. ${signIn}${profile === undefined ? '' : ` or set the profile up (aws configure --profile ${profile})`}${stage === undefined ? '' : '; services/stages.yml names the profiles'}.`,
      { cause: error },
    );
  }
  if (
    /^(ExpiredToken|RequestExpired|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature)/.test(
      name,
    )
  ) {
    return new ReadError(
      'NO_CREDENTIALS',
      `${subject} has credentials that are no longer valid (${name}). ${signIn} again.`,
      { cause: error },
    );
  }
  if (/^AccessDenied|^UnauthorizedOperation/.test(name) || status === 403) {
    return new ReadError(
      'MAY_NOT_READ',
      `${subject} may not read what ${callOf(command)} needs: ${message} ${wherePermissionsAre(command, stage)}`,
      { cause: error, permission: permissionIn(message) },
    );
  }
  const unreachable = status === undefined ? 'AWS cannot be reached' : 'AWS answered with an error';
  const what =
    hint === undefined
      ? [name, message]
      : [`an answer with status ${status} that is not in AWS's format`, unreadable];
  const failure = [operationOf(error), ...what].filter(Boolean).join(': ');
  return new ReadError('CANNOT_READ', `${subject}: ${unreachable} (${failure}). Try again.`, {
    cause: error,
    failure,
  });
}

/**
 * Says which command prints the permissions that reading needs.
 * @param stage `undefined`: the user named the profiles
 */
export function wherePermissionsAre(command: StageCommand, stage: string | undefined): string {
  if (command === 'repair')
    return 'The roles of services/api/deployment-role.yml and services/caller/deployment-role.yml may.';
  const how =
    stage === undefined
      ? 'the same command with --required-permissions'
      : callWith(
          command === 'verify' || command === 'call' ? 'verify' : 'explain',
          `--required-permissions --stage ${stage}`,
        );
  return `A policy with all that is needed: ${how}`;
}

/**
 * Ends a command that needs what could not be read.
 * @throws ReadError that names the missing permissions, or what failed
 */
export function requireRead(
  unread: readonly (Partial<Pick<ReadError, 'permission' | 'failure'>> | undefined)[],
  command: StageCommand,
  stage: string,
): void {
  const missing = [...new Set(unread.flatMap((each) => each?.permission ?? each?.failure ?? []))];
  if (missing.length === 0) return;
  throw new ReadError(
    'MAY_NOT_READ',
    `${callOf(command)} could not read what it needs of stage ${stage}: ${missing.join(', ')}. ${wherePermissionsAre(command, stage)}`,
  );
}

const operations = new WeakMap<Error, string>();

/** The part of a client of the SDK that is used here. */
interface Client {
  readonly middlewareStack: {
    add(
      middleware: (
        next: (args: never) => Promise<never>,
        context: { readonly commandName?: string },
      ) => (args: never) => Promise<never>,
      options: { readonly step: 'initialize'; readonly name: string },
    ): void;
  };
}

/** Makes the errors of a client of the SDK tell which operation failed. */
export function namingOperations<Named extends object>(client: Named): Named {
  (client as unknown as Client).middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) =>
        next(args).catch((error: unknown) => {
          if (error instanceof Error) operations.set(error, commandName.replace(/Command$/, ''));
          throw error;
        }),
    { step: 'initialize', name: 'namingOperations' },
  );
  return client;
}

function operationOf(error: unknown): string | undefined {
  return error instanceof Error ? operations.get(error) : undefined;
}

/** The permission that a refusal names. @example 'iam:GetRole on arn:aws:iam::111111111111:role/invoke' */
function permissionIn(message: string): string {
  const refusal = readRefusal(message);
  if (refusal?.form !== 'not authorized') return message;
  return refusal.resource === undefined ? refusal.action : `${refusal.action} on ${refusal.resource}`;
}

/** Whether AWS says that something does not exist. */
export function isMissing(error: unknown): boolean {
  const { name, message } = factsOf(error);
  return (
    /^(NoSuchEntity|ResourceNotFound|NotFound)(Exception)?$/.test(name) ||
    (name === 'ValidationError' && /does not exist/.test(message))
  );
}

function factsOf(error: unknown): {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
} {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), status: undefined };
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return {
    name: error.name === 'Error' || error.name === 'AggregateError' ? code || error.name : error.name,
    message: error.message || code,
    status: typeof status === 'number' ? status : undefined,
  };
}
