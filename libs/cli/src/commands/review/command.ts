import { existsSync } from 'node:fs';
import { ReadError } from '../../aws/read-error.ts';
import { ANONYMOUS, type Call } from '../../call/call.ts';
import { asksForCall, callOptions, readCall, splitApiName } from '../../call/call-options.ts';
import { exactRoleArn } from '../../call/exact-role.ts';
import { openCall } from '../../call/open-call.ts';
import { type About, checkOutputFile, checkStage, command, UsageError } from '../../command-line.ts';
import { options } from '../../options.ts';
import { readAcceptances } from './acceptance.ts';
import { type ReviewRun, reviewCall } from './review-call.ts';

/** What `review` says about itself. */
const about: About = {
  summary: 'Finds what works and is weak in a call of an API of another account.',
  examples: [
    ['', 'stage local, of the local AWS that runs here'],
    ['--strict --json', 'for a pipeline'],
    ['--trace .local-aws/trace.jsonl', 'and whether recorded calls still work'],
  ],
  exitCodes: {
    0: 'reviewed',
    1: 'with --strict: a finding that is not accepted',
    2: 'the options are wrong, or nothing could be read',
    3: 'with --strict: no finding, but something was not judged or not read',
  },
  manual: `It reads policies and settings, and changes nothing.

Each statement that allows is narrow, a finding, about something else than the call, or not judged. It is narrow only if no outsider
that its patterns admit gets in, and each of its principals would without its conditions. Each finding has a severity, the statement
or setting, an outsider who gets in if there is one, the change, and AWS's documentation. [FINDINGS.md](FINDINGS.md) lists them. There
is no finding about what could not be read: a list names it. Policies of an AWS organization are applied if the profiles may read
them.

In a stage of this project, the routes are those of the caller's settings, and a route that serverless.yml declares with
\`open: true\` gives no finding. If there is a finding, CloudFormation compares the stacks with their resources, and a note names what
somebody changed past it; [verify](#verify) has the permissions for that.

The permissions that the profiles need are those of \`cross-account explain … --required-permissions\`.

The file of \`--accept\` is a JSON list of \`{ "id": "…", "reason": "…", "until": "2027-03-31" }\`: the ID of a finding, why it is
accepted, and the last day. An entry that no longer applies is named.`,
};

export const reviewCommand = command(
  about,
  {
    stage: options.stage,
    caller: options.caller,
    api: callOptions.api,
    route: { ...callOptions.route, default: 'those of --trace, or all' },
    role: callOptions.role,
    'external-id': callOptions['external-id'],
    'caller-profile': callOptions['caller-profile'],
    'api-profile': callOptions['api-profile'],
    'api-account': callOptions['api-account'],
    region: callOptions.region,
    'vpc-endpoint': callOptions['vpc-endpoint'],
    trace: {
      type: 'string',
      value: 'FILE',
      description: 'Recorded calls of local AWS',
      details:
        'The file .local-aws/trace.jsonl. The review shows whether these calls would still be allowed with each change.',
    },
    accept: { type: 'string', value: 'FILE', description: 'Findings that are accepted, each until a day' },
    sarif: {
      type: 'string',
      value: 'FILE',
      description: 'Writes the findings for code scanning',
      details: 'As a SARIF log. Needs `--source`, except with a stage.',
    },
    source: {
      type: 'string',
      value: 'FILE',
      description: 'The file at which --sarif shows them',
      details:
        'A file of the repository, e.g. template.yaml. Default for a stage: services/api/serverless.yml.',
    },
    strict: {
      type: 'boolean',
      description: 'Exit code 1 or 3 instead of 0, see below',
    },
    json: options.json,
  },
  async ({ trace, strict = false, json, stage: given, accept, sarif, source, ...others }) => {
    // Without a stage and without a call, it is stage `local`.
    const stage = given ?? (asksForAnyCall(others) ? undefined : 'local');
    if (trace !== undefined && !existsSync(trace)) {
      throw new UsageError(
        `--trace ${trace}: there is no such file. Local AWS writes .local-aws/trace.jsonl.`,
      );
    }
    if (sarif === undefined && source !== undefined) {
      throw new UsageError('--source is about --sarif: give both.');
    }
    if (sarif !== undefined) await checkOutputFile('sarif', sarif);
    const shownAt = source ?? (stage === undefined ? undefined : 'services/api/serverless.yml');
    if (sarif !== undefined && shownAt === undefined) {
      throw new UsageError(
        '--sarif: give --source, too: the file of the repository that declares the API, e.g. template.yaml. Code scanning shows findings at a file.',
      );
    }
    const log = sarif === undefined || shownAt === undefined ? undefined : { file: sarif, source: shownAt };
    const acceptances = accept === undefined ? [] : await readAcceptances(accept);
    const run = { trace, strict, json, acceptances, sarif: log };
    try {
      const { apiName, values } = splitApiName(others, stage);
      if (stage === undefined) return await reviewAnyCall(await readCall(values), run);
      checkStage(stage);
      if (asksForCall(values)) {
        throw new UsageError(
          '--stage is about a stage of this project. Leave it out, or the options of a call.',
        );
      }
      // What is about a stage needs packages that a call of any API does not.
      const { reviewStage } = await import('./review-stage.ts');
      return await reviewStage(stage, { caller: values.caller, api: apiName }, run);
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      process.stderr.write(`${error.message}\n`);
      return 2;
    }
  },
);

/** Whether the options are about a call of any API. A name in the place of its URL is about a stage. */
function asksForAnyCall(values: Parameters<typeof asksForCall>[0]): boolean {
  return asksForCall(splitApiName(values, 'local').values);
}

async function reviewAnyCall(call: Call, run: ReviewRun): Promise<number> {
  const { callerArn } = call;
  if (callerArn === undefined || call.api === undefined) {
    throw new UsageError(
      `A call of any API has --api URL and --caller ARN; ${callerArn === undefined ? '--caller' : '--api'} is missing. Without these options, stage local is reviewed.`,
    );
  }
  if (callerArn === ANONYMOUS) {
    throw new UsageError(
      `--caller ${ANONYMOUS}: must be the function, role or user that calls. The review finds open routes in any case.`,
    );
  }
  if ((call.apiProfile ?? call.callerProfile) === undefined) {
    throw new UsageError(
      'Give --caller-profile, --api-profile or both: only what a profile may read is reviewed.',
    );
  }
  const open = await openCall(call, 'review');
  try {
    // The ARN of a session does not have the path of its role.
    const exact = call.callerSession === undefined ? callerArn : await exactRoleArn(callerArn, open);
    return await reviewCall({ ...call, callerArn: exact }, open, run);
  } finally {
    open.close();
  }
}
