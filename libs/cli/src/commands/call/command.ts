import { InvokeCommand, LambdaClient, LogType } from '@aws-sdk/client-lambda';
import { print } from '@cross-account-api/command-line';
import { readTraceTree } from '@cross-account-api/local-aws/explain';
import { callWith } from '../../call-of.ts';
import { checkStage, command, UsageError } from '../../command-line.ts';
import { invocationReport } from '../../probes/invocation-report.ts';
import { readResult } from '../../probes/observe.ts';
import { TAKES_OPERATIONS, takesOperations } from '../../project/caller-event.ts';
import { readContract } from '../../project/contract.ts';
import { readFunctions } from '../../project/functions.ts';
import { projectRoot } from '../../project/project.ts';
import type { ProjectCaller } from '../../stage/caller-function.ts';
import { findCallerFunction, notDeployed } from '../../stage/deployed-stacks.ts';
import { type OpenCaller, openCaller } from '../../stage/open-stage.ts';
import { functionOption } from '../logs/command.ts';
import { type CallOutcome, outcomeOf } from './outcome.ts';
import { type AskedEvent, readEvent } from './read-event.ts';
import { callDocument, type MadeCall, renderCall } from './render.ts';

export const callCommand = command(
  `Calls an operation of the contract as a caller function does, and prints the answer, IAM's decision and the time.

It invokes the function once, with the event { operation, input?, idempotencyKey? }. The function's serverless.yml must have the line
"${TAKES_OPERATIONS}". Any other function gets the event of --event, and decides what it calls. The profile of the caller's account must be
allowed lambda:InvokeFunction, cloudformation:DescribeStacks and cloudformation:ListStackResources. Exit code: 0 the function returned an
answer; 1 it failed, or its answer names records of a batch in batchItemFailures; 2 the options are wrong.`,
  {
    stage: { type: 'string', value: 'S', description: 'The stage (default local)' },
    caller: {
      type: 'string',
      value: 'NAME',
      description:
        'The function that calls: its name in services/caller, or an entry of callers in services/stages.yml that this project deploys (default caller)',
    },
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
    event: {
      type: 'string',
      value: 'JSON',
      description: `The whole event, in place of an operation. E.g. '{"orderId":"42"}'`,
    },
    json: { type: 'boolean', description: 'Prints one JSON document instead' },
  },
  async ({ stage = 'local', caller, json, ...options }, operation) => {
    checkStage(stage);
    const operations = options.event === undefined ? readContract().operations : [];
    const root = process.env.LOCAL_AWS_ROOT ?? projectRoot();
    const asked = readEvent({ operation, ...options }, operations);
    const open = await openCaller(stage, root, process.env, 'call', caller);
    try {
      const { functionKey, service } = open.callerFunction;
      if (asked.operation !== undefined && !takesOperations(projectRoot(), functionKey, service.folder))
        throw new UsageError(takesNoOperations(stage, caller, open.callerFunction));
      const { name, arn } = await findCallerFunction(open, functionKey, service);
      const outcome = await invoke(open, name, asked);
      const { invocationId, error, failures } = outcome;
      const { accountId } = open.caller;
      const tree =
        open.real || invocationId === undefined ? undefined : await readTraceTree(root, invocationId);
      const made: MadeCall = {
        stage,
        caller,
        real: open.real,
        operation: asked.operation,
        name,
        arn,
        accountId,
        log: functionOption({ folder: service.folder, key: functionKey }, readFunctions()),
        outcome,
        tree,
      };
      print(json, callDocument(made), () => renderCall(made, operations));
      return (error ?? failures) === undefined ? 0 : 1;
    } finally {
      open.close();
    }
  },
  {
    name: 'OPERATION',
    description: 'Its name in the contract. Without it and without --event, all names are listed',
  },
);

/** Invokes a function once: a client of the SDK would repeat it after an error, and the call with another key. */
async function invoke(
  { caller, region, stage }: OpenCaller,
  FunctionName: string,
  asked: AskedEvent,
): Promise<CallOutcome> {
  const lambda = caller.client(
    'lambda, once',
    () => new LambdaClient({ ...caller.sdk, region, maxAttempts: 1 }),
  );
  const command = new InvokeCommand({
    FunctionName,
    Payload: JSON.stringify(asked.event),
    LogType: LogType.Tail,
  });
  const began = performance.now();
  const output = await caller.read(() => lambda.send(command));
  const ms = performance.now() - began;
  if (output === undefined) throw notDeployed(`The function ${FunctionName}`, stage);
  const { LogResult = '', $metadata } = output;
  const report = invocationReport(Buffer.from(LogResult, 'base64').toString());
  return outcomeOf(readResult(output), { ms, report, invocationId: $metadata.requestId }, asked);
}

function takesNoOperations(
  stage: string,
  caller: string | undefined,
  { functionKey, service }: ProjectCaller,
): string {
  const options = [
    stage === 'local' ? '' : `--stage ${stage}`,
    caller && `--caller ${caller}`,
    "--event '{…}'",
  ];
  return `The function "${functionKey}" has no line "${TAKES_OPERATIONS}" in ${service.folder}/serverless.yml, so it is not known which event makes it call an operation. Invoke it with an event of yours: ${callWith('call', options.filter(Boolean).join(' '))}. If it calls callAsked with its event, add the line.`;
}
