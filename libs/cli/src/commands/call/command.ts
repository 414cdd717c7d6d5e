import { InvokeCommand, LambdaClient, LogType } from '@aws-sdk/client-lambda';
import { print } from '@cross-account-api/command-line';
import { readTraceTree } from '@cross-account-api/local-aws/explain';
import { callWith } from '../../call-of.ts';
import { type About, checkStage, command, UsageError } from '../../command-line.ts';
import { options } from '../../options.ts';
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

/** What `call` says about itself. */
const about: About = {
  summary:
    "Calls an operation of the contract as a caller function does, and prints the answer and IAM's decision.",
  argument: {
    name: 'OPERATION',
    description: 'Its name in the contract; without it and --event, lists all',
  },
  examples: [['', 'lists the operations of the contract']],
  exitCodes: { 0: 'the function returned an answer', 1: 'it failed', 2: 'the options are wrong' },
  manual: `It invokes the function once, with the event \`{ operation, input?, idempotencyKey? }\`, and prints the time that it took. The
function's serverless.yml must have the line \`${TAKES_OPERATIONS}\`. Any other function gets the event of \`--event\`, and decides what it
calls. The profile of the caller's account must be allowed \`lambda:InvokeFunction\`, \`cloudformation:DescribeStacks\` and
\`cloudformation:ListStackResources\`. The exit code is also 1 if the answer names records of a batch in batchItemFailures.`,
};

export const callCommand = command(
  about,
  {
    stage: options.stage,
    caller: {
      ...options.caller,
      description: 'The function that calls',
      default: 'caller',
      details:
        'Its name in services/caller, or an entry of `callers` in services/stages.yml that this project deploys.',
    },
    input: {
      type: 'string',
      value: 'JSON',
      description: `The input, e.g. '{"id":"42"}'`,
      details: 'Path parameters by their names, query, headers, body.',
    },
    key: {
      type: 'string',
      value: 'KEY',
      description: 'The idempotency key',
      details: 'For an operation that remembers keys.',
      default: "the invocation's ID",
    },
    event: {
      ...options.event,
      description: 'The whole event, in place of an operation',
    },
    json: options.json,
  },
  async ({ stage = 'local', caller, json, ...others }, operation) => {
    checkStage(stage);
    const operations = others.event === undefined ? readContract().operations : [];
    const root = process.env.LOCAL_AWS_ROOT ?? projectRoot();
    const asked = readEvent({ operation, ...others }, operations);
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
