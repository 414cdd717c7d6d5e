import * as v from 'valibot';
import { AwsError, notImplemented } from '../../../core/errors.ts';
import { header } from '../../../core/request.ts';
import type { Call } from '../../../pipeline/endpoint.ts';
import { type Operation, RawResponse } from '../../../protocols/operation.ts';
import { functionArn } from '../functions/function-name.ts';
import type { AsyncInvocations } from '../invocation/background.ts';
import type { Invoker } from '../invocation/invoker.ts';
import type { Invocation, InvocationResult } from '../invocation/result.ts';
import type { FunctionStore } from '../store.ts';
import { functionEntries, functionQuestion, INVALID_INPUT, operation, referenceOf } from './operation.ts';

/** The largest event of a synchronous invocation, in bytes. */
export const MAX_PAYLOAD_BYTES = 6_291_456;
/** The largest event of an asynchronous invocation, in bytes: 1 MB. */
export const MAX_ASYNC_PAYLOAD_BYTES = 1_048_576;
/** The longest client context, in base64 characters. */
const MAX_CLIENT_CONTEXT = 3583;

/** `Invoke`: synchronous, asynchronous and dry run. */
export function invokeRoute(store: FunctionStore, invoker: Invoker, background: AsyncInvocations): Operation {
  return operation('Invoke', {
    http: 'POST /2015-03-31/functions/{FunctionName}/invocations',
    rawBody: true,

    input: v.object(functionEntries),
    requires: (input, caller) => [functionQuestion(store, 'InvokeFunction', referenceOf(input, caller))],
    async handle(input, call) {
      const reference = referenceOf(input, call);
      const invoked = store.get(reference);
      const version = store.version(reference);
      const type = header(call.request, 'x-amz-invocation-type') ?? 'RequestResponse';
      const invocation = readInvocation(call, functionArn(reference), type);
      switch (type) {
        case 'DryRun':
          return empty(call, 204, version.version);
        case 'Event':
          background.accept(() => invoker.run(invoked, version, invocation));
          return empty(call, 202);
        default:
          return respond(call, await invoker.run(invoked, version, invocation));
      }
    },
  });
}

/** Headers of features that local AWS has not: durable functions, and functions with tenants. */
const ABSENT_FEATURES = ['X-Amz-Durable-Execution-Name', 'X-Amz-Tenant-Id'];

function readInvocation(call: Call, invokedFunctionArn: string, type: string): Invocation {
  const absent = ABSENT_FEATURES.find((name) => header(call.request, name.toLowerCase()) !== undefined);
  if (absent !== undefined) throw notImplemented('lambda', `Invoke with the header ${absent}`);
  if (!['RequestResponse', 'Event', 'DryRun'].includes(type)) {
    throw new AwsError(
      INVALID_INPUT,
      `The header X-Amz-Invocation-Type must be RequestResponse, Event or DryRun, not ${type.slice(0, 100)}.`,
    );
  }
  const limit = type === 'Event' ? MAX_ASYNC_PAYLOAD_BYTES : MAX_PAYLOAD_BYTES;
  if (call.payload.length > limit) {
    throw new AwsError(
      'RequestTooLargeException',
      `${call.payload.length} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`,
      413,
    );
  }
  const traceHeader = header(call.request, 'x-amzn-trace-id');
  const clientContext = readClientContext(header(call.request, 'x-amz-client-context'));
  return {
    requestId: call.request.requestId,
    tracedRequestId: call.request.requestId,
    invokedFunctionArn,
    payload: checkedPayload(call.payload),
    ...(clientContext === undefined ? {} : { clientContext }),
    ...(traceHeader === undefined ? {} : { traceHeader }),
  };
}

function checkedPayload(payload: Buffer): Buffer {
  if (payload.length === 0) return Buffer.from('{}');
  try {
    JSON.parse(payload.toString('utf8'));
    return payload;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'not JSON';
    throw new AwsError('InvalidRequestContentException', `Could not parse request body into json: ${reason}`);
  }
}

function readClientContext(encoded: string | undefined): string | undefined {
  if (encoded === undefined) return undefined;
  if (encoded.length > MAX_CLIENT_CONTEXT) {
    throw new AwsError(
      INVALID_INPUT,
      `The client context must have at most ${MAX_CLIENT_CONTEXT} characters, and has ${encoded.length}.`,
    );
  }
  try {
    // Written anew, so that it fits into one header line whatever its spacing.
    return JSON.stringify(JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')));
  } catch {
    throw new AwsError(
      'InvalidRequestContentException',
      'Client context must be a valid Base64-encoded JSON object.',
    );
  }
}

function respond(call: Call, result: InvocationResult): RawResponse {
  if (result.kind !== 'ok' && result.kind !== 'function-error') throw result.error;
  const tail = header(call.request, 'x-amz-log-type')?.toLowerCase() === 'tail';
  return new RawResponse({
    status: 200,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': result.requestId,
      'x-amzn-remapped-content-length': '0',
      'x-amz-executed-version': result.executedVersion,
      'x-amzn-trace-id': result.traceHeader,
      ...(result.kind === 'function-error' ? { 'x-amz-function-error': 'Unhandled' } : {}),
      ...(tail ? { 'x-amz-log-result': result.logTail.toString('base64') } : {}),
    },
    body: result.payload,
  });
}

function empty(call: Call, status: number, executedVersion?: string): RawResponse {
  return new RawResponse({
    status,
    headers: {
      'x-amzn-requestid': call.request.requestId,
      'x-amzn-remapped-content-length': '0',
      ...(executedVersion === undefined ? {} : { 'x-amz-executed-version': executedVersion }),
    },
    body: '',
  });
}
