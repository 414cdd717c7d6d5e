import { randomUUID } from 'node:crypto';
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { MessageOutcome } from './judge.ts';
import { CALLER } from './pair.ts';

/** The most invocations for one message. A queue would also invoke the caller again if its process ended. */
const MAX_INVOCATIONS = 6;

/**
 * Sends one message through the caller function. If a fault ended or stalled the caller's process, invokes the function again
 * with the same idempotency key, as a queue would.
 * @param endedByFault whether a fault struck the process of this invocation
 */
export async function sendMessage(
  lambda: LambdaClient,
  message: number,
  endedByFault: (requestId: string) => Promise<boolean>,
): Promise<MessageOutcome> {
  const event = {
    operation: 'postParcel',
    input: { body: { message } },
    idempotencyKey: randomUUID(),
  };
  const invocations: string[] = [];
  let overran = false;
  for (;;) {
    let answer: Answer;
    try {
      answer = await invoke(lambda, event);
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown';
      return { invocations, outcome: 'unanswered', error: name, overran };
    }
    const { requestId, errorType, document } = answer;
    invocations.push(requestId);
    if (errorType === undefined) {
      const executedBy = readExecutedBy(document, message);
      return executedBy === undefined
        ? { invocations, outcome: 'failed', error: 'AnswerOfAnotherMessage', overran }
        : { invocations, outcome: 'accepted', executedBy, overran };
    }
    if ((await endedByFault(requestId)) && invocations.length < MAX_INVOCATIONS) continue;
    overran ||= errorType === 'Sandbox.Timedout';
    const reason = typeof document.errorMessage === 'string' ? { reason: document.errorMessage } : {};
    return { invocations, outcome: 'failed', error: errorType, ...reason, overran };
  }
}

interface Answer {
  readonly requestId: string;
  readonly errorType?: string;
  readonly document: Record<string, unknown>;
}

async function invoke(lambda: LambdaClient, event: object): Promise<Answer> {
  const output = await lambda.send(
    new InvokeCommand({ FunctionName: CALLER, Payload: Buffer.from(JSON.stringify(event)) }),
  );
  const document = objectOf(JSON.parse(Buffer.from(output.Payload ?? []).toString('utf8')));
  const requestId = output.$metadata.requestId ?? '';
  if (output.FunctionError === undefined) return { requestId, document };
  const name = typeof document.errorType === 'string' ? document.errorType : 'Unknown';
  return { requestId, errorType: name, document };
}

/** The ID of the request that was executed, if the answer belongs to the message. */
function readExecutedBy({ body }: Record<string, unknown>, message: number): string | undefined {
  const { received, requestId } = objectOf(body);
  return objectOf(received).message === message && typeof requestId === 'string' ? requestId : undefined;
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
