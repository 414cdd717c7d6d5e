import { defined } from '../../../core/defined.ts';
import { AwsError, notImplemented } from '../../../core/errors.ts';
import { parseJson } from '../../../core/parse-json.ts';
import { header } from '../../../core/request.ts';
import type { ServiceRequest } from '../../../pipeline/endpoint.ts';
import { RawResponse, type ServiceOperation } from '../../../protocols/operation.ts';
import { invalid, invalidContent } from '../functions/errors.ts';
import { functionArn } from '../functions/function-name.ts';
import type { FunctionStates } from '../functions/function-state.ts';
import type { BackgroundInvocations } from '../invocation/background.ts';
import type { Invoker } from '../invocation/invoker.ts';
import type { Invocation, InvocationResult } from '../invocation/result.ts';
import type { FunctionStore } from '../store.ts';
import { jsonFault, utf8Fault } from './json-fault.ts';
import { FUNCTION, functionOperationsOf } from './operation.ts';

/** The largest event of a synchronous invocation, in bytes. */
const MAX_PAYLOAD_BYTES = 6_291_456;
/** The largest event of an asynchronous invocation, in bytes. */
const MAX_ASYNC_PAYLOAD_BYTES = 1_048_576;

/** `Invoke`: synchronous, asynchronous and dry run. */
export function invokeOperation(
  store: FunctionStore,
  states: Pick<FunctionStates, 'ready'>,
  invoker: Invoker,
  background: BackgroundInvocations,
): ServiceOperation {
  return functionOperationsOf(store)('Invoke', {
    http: `POST ${FUNCTION}/invocations`,
    rawBody: true,
    requires: (permission) => ({ ...permission, action: 'lambda:InvokeFunction' }),
    async handle(reference, _input, call) {
      // The error for a missing function names the version, too.
      const invoked = store.get({ ...reference, qualifier: reference.qualifier ?? '$LATEST' });
      const version = states.ready(store.versionToRun(reference));
      const type = header(call.request, 'x-amz-invocation-type') ?? 'RequestResponse';
      const invocation = readInvocation(call, functionArn(reference), type);
      const run = () => invoker.run(invoked, version, invocation);
      switch (type) {
        case 'DryRun':
          return respond(call, 204, { 'x-amz-executed-version': version.version });
        case 'Event':
          background.accept(run);
          return respond(call, 202);
        default:
          return answer(call, await run());
      }
    },
  });
}

/** Headers of features that local AWS lacks: durable functions, and functions with tenants. */
const ABSENT_FEATURES = ['X-Amz-Durable-Execution-Name', 'X-Amz-Tenant-Id'];

function readInvocation(call: ServiceRequest, invokedFunctionArn: string, type: string): Invocation {
  const absent = ABSENT_FEATURES.find((name) => header(call.request, name.toLowerCase()) !== undefined);
  if (absent !== undefined) throw notImplemented('lambda', `Invoke with the header ${absent}`);
  if (!['RequestResponse', 'Event', 'DryRun'].includes(type)) {
    throw invalid(
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
  return defined({
    requestId: call.request.requestId,
    invokedFunctionArn,
    payload: checkedPayload(call.payload),
    clientContext: readClientContext(header(call.request, 'x-amz-client-context')),
    traceHeader: header(call.request, 'x-amzn-trace-id'),
  });
}

function checkedPayload(payload: Buffer): string {
  const encoding = utf8Fault(payload);
  if (encoding !== undefined) {
    throw unreadable(
      `${encoding}\nThe payload is not UTF-8. AWS CLI v2 reads --payload as Base64: add --cli-binary-format raw-in-base64-out`,
    );
  }
  const text = payload.length === 0 ? '{}' : payload.toString('utf8');
  if (parseJson(text) !== undefined) return text;
  throw unreadable(jsonFault(text));
}

function unreadable(fault: string | undefined) {
  return invalidContent(
    `Could not parse request body into json: Could not parse payload into json: ${fault}`,
  );
}

function readClientContext(encoded: string | undefined): string | undefined {
  if (encoded === undefined) return undefined;
  const context = parseJson(Buffer.from(encoded, 'base64').toString('utf8'));
  // Serialized again: without line breaks it fits into a header.
  if (context !== undefined) return JSON.stringify(context);
  throw invalidContent('Client context must be a valid Base64-encoded JSON object.');
}

function answer(call: ServiceRequest, result: InvocationResult): RawResponse {
  if ('error' in result) throw result.error;
  const wantsTail = header(call.request, 'x-amz-log-type')?.toLowerCase() === 'tail';
  const headers = defined({
    'content-type': 'application/json',
    'x-amz-executed-version': result.executedVersion,
    'x-amzn-trace-id': result.traceHeader,
    'x-amz-function-error': result.kind === 'function-error' ? 'Unhandled' : undefined,
    'x-amz-log-result': wantsTail ? result.logTail.toString('base64') : undefined,
  });
  return respond(call, 200, headers, result.payload);
}

function respond(
  { request }: ServiceRequest,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body: string | Buffer = '',
): RawResponse {
  const common = { 'x-amzn-requestid': request.requestId, 'x-amzn-remapped-content-length': '0' };
  return new RawResponse({ status, headers: { ...common, ...headers }, body });
}
