import { existsSync } from 'node:fs';
import { ReadError } from '../../aws/read-error.ts';
import { ANONYMOUS, type Call } from '../../call/call.ts';
import { asksForCall, callOptions, readCall, splitApiName } from '../../call/call-options.ts';
import { exactRoleArn } from '../../call/exact-role.ts';
import { openCall } from '../../call/open-call.ts';
import { callWith } from '../../call-of.ts';
import { checkOutputFile, checkStage, command, UsageError } from '../../command-line.ts';
import { readAcceptances } from './acceptance.ts';
import { type ReviewRun, reviewCall } from './review-call.ts';

const { api, route, role, region } = callOptions;

export const reviewCommand = command(
  `Finds what works and is weak in a call of an API of another account. It reads policies and settings, and changes nothing.

Each statement that allows is narrow, a finding, about something else than the call, or not judged. It is narrow only if no outsider that
its patterns admit gets in, and each of its principals would without its conditions. Each finding has a severity, the statement or setting, an outsider who
gets in if there is one, the change, and AWS's documentation. With --trace, recorded calls of local AWS show whether they would still be
allowed with the change. There is no finding about what could not be read: a list names it. Policies of an AWS organization are applied if
the profiles may read them. In a stage of this project, the routes are those of the caller's settings, and a route that serverless.yml
declares with "open: true" gives no finding. If there is a finding, CloudFormation compares the stacks with their resources, and a note names
what somebody changed past it: ${callWith('verify', '--help')} has the permissions.

The permissions that the profiles need are those of ${callWith('explain', '… --required-permissions')}

The file of --accept is a JSON list of { "id": "…", "reason": "…", "until": "2027-03-31" }: the ID of a finding, why it is accepted, and
the last day. An entry that no longer applies is named.

Exit code: 0 the review was made; with --strict 1 if there is a finding that is not accepted, 3 if there is none and a statement was not
judged or something could not be read. 2 the options are wrong, or nothing could be read.`,
  {
    api,
    route: {
      ...route,
      description: 'What the caller calls; repeat it for more. Default: what --trace shows, else all routes',
    },
    caller: {
      type: 'string',
      value: 'ARN',
      description:
        'The function, role or user that calls. With --stage: the name of one of the callers of services/stages.yml, or of a function of services/caller',
    },
    stage: { type: 'string', value: 'S', description: 'Reviews the call of a stage of this project' },
    'caller-profile': callOptions['caller-profile'],
    role,
    'external-id': callOptions['external-id'],
    'api-profile': callOptions['api-profile'],
    'api-account': callOptions['api-account'],
    region,
    'vpc-endpoint': callOptions['vpc-endpoint'],
    trace: {
      type: 'string',
      value: 'FILE',
      description: 'Recorded calls of local AWS: .local-aws/trace.jsonl',
    },
    accept: { type: 'string', value: 'FILE', description: 'Findings that are accepted, each until a day' },
    sarif: {
      type: 'string',
      value: 'FILE',
      description:
        'Writes the findings as a SARIF log, for code scanning. Needs --source, except with --stage',
    },
    source: {
      type: 'string',
      value: 'FILE',
      description: 'The file of the repository at which code scanning shows the findings, e.g. template.yaml',
    },
    strict: {
      type: 'boolean',
      description: 'Ends with exit code 1 if there is a finding, and 3 if something was not judged',
    },
    json: { type: 'boolean', description: 'Prints one JSON document' },
  },
  async ({ trace, strict = false, json, stage, accept, sarif, source, ...options }) => {
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
      const { apiName, values } = splitApiName(options, stage);
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

async function reviewAnyCall(call: Call, run: ReviewRun): Promise<number> {
  const { callerArn } = call;
  if (callerArn === undefined || call.api === undefined) {
    throw new UsageError('Give --api and --caller, or --stage.');
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
