import { relative } from 'node:path';
import { type Command, print, terminalPalette } from '@cross-account-api/command-line';
import { lines, quoteForShell } from '@cross-account-api/command-line/text';
import {
  type ExplainRequest,
  explainOptions,
  printAnswer,
  readExplainRequest,
  renderingWith,
  type Wanted,
} from '@cross-account-api/iam/explain-command';
import { answerQuestion, leastPrivilege } from '@cross-account-api/iam/explanation';
import { rootOf, runningIn } from '../cli/root.ts';
import { createRemotePolicyReader } from '../control/client.ts';
import type { LocateFailure } from '../core/function-failure.ts';
import { findRoot, readStateDirectory, stateFiles } from '../state-directory/index.ts';
import { readTraceFile } from '../trace/file.ts';
import { explainTrace, notesOnTrace } from './explain-trace.ts';
import type { Explanation } from './refusal.ts';
import { type RequestRenderOptions, renderExplanation } from './render.ts';
import { renderRoleUse } from './render-role-use.ts';

interface ExplainOptions extends Pick<RequestRenderOptions, 'fileOfRole' | 'operationOf'> {
  /** The folder with the state directory. */
  readonly root: string;
  readonly json?: boolean | undefined;
  readonly locate?: LocateFailure | undefined;
}

/** Explains requests, or answers a question. @returns the exit code: 0 if allowed, explained, or nothing was refused, else 1 @throws NotRunningError */
export async function explain(request: ExplainRequest, options: ExplainOptions): Promise<number> {
  switch (request.form) {
    case 'recorded':
      return explainRecorded(request.wanted, options);
    case 'unused':
      return explainUnused(options);
    case 'question': {
      const { root } = options;
      const { url, region, accounts } = await runningIn(root);
      const reader = createRemotePolicyReader({ url, root });
      const { context, sessionPolicies } = request;
      const circumstances = { context, sessionPolicies, now: new Date() };
      const answer = await answerQuestion({ ...request.asked, region }, reader, circumstances);
      return printAnswer(answer, 'local', localRendering(options, accounts), options.json);
    }
  }
}

/** Options for explanations of local AWS: their commands run the AWS CLI with the profile of an account. */
export function localRendering(
  { root, fileOfRole, operationOf }: ExplainOptions,
  accounts: Iterable<{ readonly accountId: string; readonly profile: string | undefined }>,
): RequestRenderOptions {
  const env = quoteForShell(relative(process.cwd(), stateFiles(root).env));
  return { ...renderingWith(`. ${env} && aws`, accounts), fileOfRole, operationOf };
}

/** `local-aws explain` */
export const explainCommand: Command<typeof explainOptions> = {
  summary: 'Explains why a request to local AWS was, or would be, allowed or denied.',
  options: explainOptions,
  examples: [
    ['', 'the last request that failed'],
    ['--unused', 'permissions that the recorded calls never used'],
    [
      '--principal arn:aws:iam::111111111111:user/administrator --action s3:GetObject --resource "*"',
      'whether the deployed policies allow this',
    ],
  ],
  exitCodes: {
    0: 'allowed, explained, or nothing was refused',
    1: 'denied, or no such request',
    2: 'wrong options, or it depends on a token that was not given',
  },
  manual: `- \`local-aws explain\`: the last request that the running local AWS refused, whose function failed, or that the API answered a
  function with an error (4xx)
- \`local-aws explain --request-id ID\`: any request since its start, such as an invocation, with the failed requests that it caused
- \`local-aws explain --principal ARN --action A --resource R [--context K=V]…\`: whether the deployed policies allow this
- \`local-aws explain --unused\`: for each role, which permissions the recorded calls never used, and a policy without them, proven on
  all of these calls

Keys that only a request has (\`aws:SourceIp\`, \`aws:UserAgent\`, …) are absent unless \`--context\` gives them.`,
  async main(values) {
    const request = await readExplainRequest(values);
    const root = rootOf(values.state, () => findRoot(process.cwd()));
    return explain(request, { root, json: values.json });
  },
};

async function explainRecorded(wanted: Wanted, options: ExplainOptions): Promise<number> {
  const { root } = options;
  const reading = await readStateDirectory(root);
  const reader = reading.running ? createRemotePolicyReader({ url: reading.instance.url, root }) : undefined;
  const { explained: found, missing } = await explainTrace(root, wanted, reader);
  const explained = await Promise.all(found.map((each) => withLocation(each, options.locate)));
  const notes = await notesOnTrace(root, missing, 'A refusal among them is not shown here.');
  const isEmpty = reading.running && explained.length === 0 && !(await hasDeployments(root));
  const rendering = localRendering(options, reading.running ? reading.instance.accounts : []);
  print(options.json, { explained, running: reading.running, notes }, () =>
    lines(
      // First: the reader may have repaired the cause since.
      !reading.running && [
        `${terminalPalette.warning('!')} ${reading.reason === 'busy' || reading.reason === 'unresponsive' ? reading.message : 'No local AWS runs now. This is the trace of the last one.'} ${reading.remedy}`,
        '',
      ],
      explained.length === 0 && nothingToExplain(wanted),
      isEmpty && NOTHING_DEPLOYED,
      explained.map((each, index) => [index > 0 && '', renderExplanation(each, rendering)]),
      notes.map(renderNote),
    ),
  );
  const nothingRefused = reading.running && !isEmpty && !('requestId' in wanted);
  return explained.length > 0 || nothingRefused ? 0 : 1;
}

async function withLocation(explanation: Explanation, locate?: LocateFailure): Promise<Explanation> {
  const { failure } = explanation.event;
  const found = failure && (await locate?.(failure));
  if (found === undefined) return explanation;
  return { ...explanation, ...('line' in found ? { location: found.line } : found) };
}

async function explainUnused({ root, json }: ExplainOptions): Promise<number> {
  const { url } = await runningIn(root);
  const reader = createRemotePolicyReader({ url, root });
  const calls = readTraceFile(stateFiles(root).trace);
  const roles = await leastPrivilege(calls, reader, new Date());
  const consequence = 'A permission that only they needed counts as never used here.';
  const notes = await notesOnTrace(root, calls.missing(), consequence);
  print(json, { roles, notes }, () =>
    lines(
      roles.length === 0 && 'The trace has no call of a role. Invoke a function first.',
      roles.map((use, index) => [index > 0 && '', renderRoleUse(use, { palette: terminalPalette })]),
      notes.map(renderNote),
    ),
  );
  return roles.length === 0 ? 1 : 0;
}

const renderNote = (note: string) => `\n${terminalPalette.faint('note:')} ${note}`;

const NOTHING_DEPLOYED =
  'Nothing has been deployed to this local AWS since its start, and it keeps nothing from before. Deploy: npx sls deploy --stage local';

/** Whether the trace has a change of a stack. */
async function hasDeployments(root: string): Promise<boolean> {
  const changes = readTraceFile(stateFiles(root).trace, (line) => line.includes('"cloudformation"'));
  for await (const { operation } of changes) {
    if (/^(CreateStack|UpdateStack|ExecuteChangeSet)$/.test(operation)) return true;
  }
  return false;
}

function nothingToExplain(wanted: Wanted): string {
  return 'requestId' in wanted
    ? `The trace has no request ${wanted.requestId}. It holds the requests that local AWS has answered since its start.`
    : 'No request in the trace was refused, failed in a function, or got an error from the API.';
}
