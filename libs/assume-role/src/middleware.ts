import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { InvalidOption } from './errors/invalid-option.ts';
import type { AssumeRoleOptions } from './options.ts';
import { createAssumedRole, type RoleInvocation } from './provider.ts';
import type { AssumedRole } from './types.ts';
import { checkOptionNames } from './validate-options.ts';

/** A Lambda context on which a middleware put a role. */
export type ContextWithRole<Key extends string> = Context & { readonly [K in Key]: AssumedRole };

/** What is kept of the invocation's time so that an error can still be reported. */
const MARGIN_MS = 250;

/** How long a refresh may take where the context does not tell the remaining time (tests, containers). */
const DEFAULT_REMAINING_MS = 10_000;

/** Members of Lambda's own context, which must not be overwritten. */
const RESERVED = new Set([
  'awsRequestId',
  'callbackWaitsForEmptyEventLoop',
  'clientContext',
  'done',
  'fail',
  'functionName',
  'functionVersion',
  'getRemainingTimeInMillis',
  'identity',
  'invokedFunctionArn',
  'logGroupName',
  'logStreamName',
  'memoryLimitInMB',
  'succeed',
  '__proto__',
  'constructor',
  'prototype',
]);

/**
 * middy middleware: assumes a role and puts the way to its credentials on the handler's context.
 *
 * Make it once, outside the handler: the credentials live as long as it does. Before the handler runs, it waits for
 * credentials only where there are none that serve.
 * @throws InvalidOption when it is made, naming the option
 * @throws AssumeRoleDenied in the invocation, where STS refuses
 * @throws CredentialsUnavailable in the invocation, where STS cannot be had in time
 * @example
 * export const handler = middy<unknown, string>()
 *   .use(assumeRole({ roleArn: process.env.INVOKE_ROLE_ARN ?? '', prefetch: true }))
 *   .handler(async (event, context) => (await context.assumedRole.getCredentials()).accessKeyId);
 */
export function assumeRole<const Key extends string = 'assumedRole'>(
  options: AssumeRoleOptions<Key>,
): MiddlewareObj<unknown, unknown, Error, ContextWithRole<Key>> {
  checkOptionNames(options);
  const { contextKey = 'assumedRole', prefetch = false, lazy = false, ...roleOptions } = options;
  checkContextKey(contextKey);
  checkFlag('prefetch', prefetch);
  checkFlag('lazy', lazy);
  const provider = createAssumedRole(roleOptions);
  // Never rejects, so there is nothing to handle.
  if (prefetch) void provider.prefetch();

  const running = new WeakMap<object, RoleInvocation>();
  const end = async (request: object, finish: boolean): Promise<void> => {
    const invocation = running.get(request);
    running.delete(request);
    await invocation?.end({ finish });
  };
  return {
    before: async (request) => {
      const { context } = request;
      const remaining = context.getRemainingTimeInMillis?.() ?? DEFAULT_REMAINING_MS;
      const invocation = provider.beginInvocation(remaining - MARGIN_MS);
      running.set(request, invocation);
      Object.assign(context, { [contextKey]: invocation.role });
      if (!lazy) await invocation.role.getCredentials();
    },
    after: (request) => end(request, true),
    onError: (request) => end(request, false),
  };
}

function checkContextKey(key: unknown): void {
  if (typeof key !== 'string' || !/^[A-Za-z_$][\w$]*$/.test(key) || RESERVED.has(key)) {
    throw new InvalidOption(
      'contextKey',
      `is ${JSON.stringify(key)}, but must be an identifier that Lambda's own context does not use: apiRole`,
    );
  }
}

function checkFlag(option: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new InvalidOption(option, 'must be true or false');
}
