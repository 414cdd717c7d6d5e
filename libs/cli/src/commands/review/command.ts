import { existsSync } from 'node:fs';
import { lines, parseArn } from '@cross-account-api/iam';
import { print, terminalPalette } from '@cross-account-api/iam/command-line';
import type { Unread } from '../../aws/find.ts';
import { ReadError } from '../../aws/read-error.ts';
import { ANONYMOUS } from '../../call/call.ts';
import { callOptions, readCall } from '../../call/call-options.ts';
import { openCall } from '../../call/open-call.ts';
import { callWith } from '../../call-of.ts';
import { command, UsageError } from '../../command-line.ts';
import { gatherFacts } from './gather-facts.ts';
import { nameOfUnread, renderReview } from './render.ts';
import { review } from './review.ts';

const { api, route, role, region } = callOptions;

const nothingRead = (unread: readonly Unread[]) =>
  lines(
    'Nothing could be read, so nothing was reviewed. Missing:',
    unread.map((each) => `  ${nameOfUnread(each)}`),
  ).join('\n');

export const reviewCommand = command(
  `Finds what works and is weak in a call of an API of another account. It reads policies and settings, and changes nothing.

Each finding has a severity, the statement or setting, the change, and AWS's documentation. With --trace, recorded calls of
local AWS show whether they would still be allowed with the change. There is no finding about what could not be read: a list
names it. Policies of an AWS organization are not looked at: they can only deny more.

The permissions that the profiles need are those of ${callWith('explain', '… --required-permissions')}

Exit code: 0 the review was made; with --strict 1 if there is a finding, 2 if there is none and something could not be read.
2 the options are wrong, or nothing could be read.`,
  {
    api,
    route: {
      ...route,
      description: 'What the caller calls; repeat it for more. Default: what --trace shows, else all routes',
    },
    caller: { type: 'string', value: 'ARN', description: 'The function, role or user that calls' },
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
    strict: { type: 'boolean', description: 'Ends with exit code 1 if there is a finding' },
    json: { type: 'boolean', description: 'Prints one JSON document' },
  },
  async ({ trace, strict = false, json, ...values }) => {
    const call = await readCall(values);
    const { callerArn } = call;
    if (callerArn === undefined || call.api === undefined) throw new UsageError('Give --api and --caller.');
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
    if (trace !== undefined && !existsSync(trace)) {
      throw new UsageError(
        `--trace ${trace}: there is no such file. Local AWS writes .local-aws/trace.jsonl.`,
      );
    }
    try {
      const open = await openCall(call, 'review');
      try {
        const { facts, unread } = await gatherFacts({ ...call, callerArn }, open, trace);
        if ((facts.caller ?? facts.invokeRole ?? facts.api) === undefined) {
          throw new ReadError('MAY_NOT_READ', nothingRead(unread));
        }
        const findings = review(facts);
        const { name, accountId } = parseArn(callerArn);
        const title = `${name} of ${accountId} calls ${call.api.url}`;
        print(json, { caller: callerArn, api: call.api.url, role: call.roleArn, findings, unread }, () =>
          renderReview(title, findings, unread, terminalPalette),
        );
        if (!strict) return 0;
        if (findings.length > 0) return 1;
        return unread.length > 0 ? 2 : 0;
      } finally {
        open.close();
      }
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      process.stderr.write(`${error.message}\n`);
      return 2;
    }
  },
);
