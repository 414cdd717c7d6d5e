import { InvokeCommand, LambdaClient, LogType } from '@aws-sdk/client-lambda';
import { print } from '@cross-account-api/iam/command-line';
import { readTraceTree } from '@cross-account-api/local-aws/explain';
import { checkStage, command, UsageError } from '../../command-line.ts';
import { invocationReport } from '../../probes/invocation-report.ts';
import { readResult } from '../../probes/observe.ts';
import { TAKES_OPERATIONS, takesOperations } from '../../project/caller-event.ts';
import { readContract } from '../../project/contract.ts';
import { projectRoot } from '../../project/project.ts';
import { findCallerFunction, notDeployed } from '../../stage/deployed-stacks.ts';
import { type OpenCaller, openCaller } from '../../stage/open-stage.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { type CallEvent, readEvent } from './read-event.ts';
import { callDocument, type MadeCall, renderCall } from './render.ts';

export const callCommand = command(
  `Calls an operation of the contract as the caller function does, and prints the answer, IAM's decision and the time.

It invokes the function once, with the event { operation, input?, idempotencyKey? }. The function's serverless.yml must have the line
"${TAKES_OPERATIONS}". The profile of the caller's account must be allowed lambda:InvokeFunction, cloudformation:DescribeStacks and
cloudformation:ListStackResources. Exit code: 0 the function returned an answer; 1 it failed; 2 the options are wrong.`,
  {
    stage: { type: 'string', value: 'S', description: 'The stage (default local)' },
    input: {
      type: 'string',
      value: 'JSON',
      description: `The input: path parameters by their names, query, headers, body. E.g. '{"id":"42"}'`,
    },
    key: {
      type: 'string',
      value: 'KEY',
      description:
        'The idempotency key, for an operation that remembers keys (default: the ID of the invocation)',
    },
    json: { type: 'boolean', description: 'Prints one JSON document instead' },
  },
  async ({ stage = 'local', input, key, json }, operation) => {
    checkStage(stage);
    const { operations } = readContract();
    if (!takesOperations()) throw new UsageError(takesNoOperations(stage));
    const asked = readEvent({ operation, input, key }, operations);
    const root = process.env.LOCAL_AWS_ROOT ?? projectRoot();
    const open = await openCaller(stage, root, process.env, 'call');
    try {
      const { name, arn } = await findCallerFunction(open);
      const outcome = await invoke(open, name, asked.event);
      const { invocationId, error } = outcome;
      const { accountId } = open.caller;
      const tree =
        open.real || invocationId === undefined ? undefined : await readTraceTree(root, invocationId);
      const made: MadeCall = {
        stage,
        real: open.real,
        operation: asked.operation,
        name,
        arn,
        accountId,
        outcome,
        tree,
      };
      print(json, callDocument(made), () => renderCall(made, operations));
      return error === undefined ? 0 : 1;
    } finally {
      open.close();
    }
  },
  {
    name: 'OPERATION',
    description: 'Its name in the contract. Without it, all names are listed',
  },
);

/** Invokes a function once: a client of the SDK would repeat it after an error, and the call with another key. */
async function invoke(
  { caller, region, stage }: OpenCaller,
  FunctionName: string,
  event: CallEvent,
): Promise<Outcome> {
  const lambda = caller.client(
    'lambda, once',
    () => new LambdaClient({ ...caller.sdk, region, maxAttempts: 1 }),
  );
  const command = new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), LogType: LogType.Tail });
  const began = performance.now();
  const output = await caller.read(() => lambda.send(command));
  const ms = performance.now() - began;
  if (output === undefined) throw notDeployed(`The function ${FunctionName}`, stage);
  const { LogResult = '', $metadata } = output;
  const report = invocationReport(Buffer.from(LogResult, 'base64').toString());
  return outcomeOf(readResult(output), { ms, report, invocationId: $metadata.requestId });
}

function takesNoOperations(stage: string): string {
  return `The function "caller" has no line "${TAKES_OPERATIONS}" in its serverless.yml, so it is not known which event makes it call an operation. Invoke it with an event of yours: npx sls caller:invoke --stage ${stage} -f caller --data '{…}'. If it calls callAsked with its event, add the line.`;
}
