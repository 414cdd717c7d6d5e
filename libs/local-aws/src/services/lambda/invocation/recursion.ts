import { createHash } from 'node:crypto';
import { AwsError } from '../../../core/errors.ts';
import { type Lineage, lineageOf } from '../../../core/trace-header.ts';
import { functionArn } from '../functions/function-name.ts';
import type { LambdaFunction } from '../store.ts';

/**
 * "If your function is invoked approximately 16 times in the same chain of requests, then Lambda automatically stops the next function
 * invocation in that request chain": https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
const MOST_INVOCATIONS = 16;

/** More functions are not counted: the header would become too long. */
const MOST_FUNCTIONS = 64;

/** A chain of requests, one invocation further. */
export interface NextInChain {
  /** For the function, whose AWS SDK sends it with each request. */
  readonly lineage: Lineage;
  /** Present if Lambda must not run the invocation. */
  readonly refusal?: AwsError;
}

/**
 * Counts one more invocation of a function in its chain of requests. Each function is counted for itself along the chain, so a fan-out has
 * no limit, and a retry counts once. As on AWS, a loop through another service, such as API Gateway, is not seen.
 * @param traceHeader the caller's `X-Amzn-Trace-Id`
 */
export function countInChain(invoked: LambdaFunction, traceHeader: string | undefined): NextInChain {
  const { accountId, region, name } = invoked;
  const arn = functionArn({ accountId, region, name });
  const hash = createHash('sha256').update(arn).digest('hex').slice(0, 8);
  const before = lineageOf(traceHeader);
  const count = before.get(hash) ?? 0;
  const lineage = new Map(before);
  if (lineage.has(hash) || lineage.size < MOST_FUNCTIONS) lineage.set(hash, Math.min(count + 1, 999));
  if (count < MOST_INVOCATIONS || invoked.recursiveLoop === 'Allow') return { lineage };
  const message =
    "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and stopped your function's invocation.";
  return { lineage, refusal: new AwsError('RecursiveInvocationException', message, 400) };
}

/** The message for the terminal: on AWS, people learn of a loop from an e-mail or from the bill. */
export function loopMessage({ accountId, region, name }: LambdaFunction): string {
  const arn = functionArn({ accountId, region, name });
  return `${arn} was invoked ${MOST_INVOCATIONS} times in one chain of requests, and would be invoked once more: a loop. It is stopped here as on AWS, which would send an e-mail to the account, and its invocations up to now would be billed. Look for an invocation without an end condition. If the loop is meant, set RecursiveLoop: Allow (PutFunctionRecursionConfig).`;
}
