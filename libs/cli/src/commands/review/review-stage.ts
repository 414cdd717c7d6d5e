import { findCall } from '../../call/find-call.ts';
import { projectRoot } from '../../project/project.ts';
import { type CallChoice, noteOfOtherCalls } from '../../stage/call-choice.ts';
import { openStage } from '../../stage/open-stage.ts';
import { resolveStage } from '../../stage/resolve-stage.ts';
import { detectStageDrift } from '../../stage/stage-drift.ts';
import { type ReviewRun, reviewCall } from './review-call.ts';

const COMPARING =
  'CloudFormation compares the stacks with their resources, because there are findings. This takes about a minute.\n';

/**
 * Reviews a call of a stage of this project.
 * @param choice the call. Default: that of the project's API by the first function
 * @returns the exit code
 * @throws ReadError if the stage is not deployed or cannot be read
 */
export async function reviewStage(stage: string, choice: CallChoice, run: ReviewRun): Promise<number> {
  const root = process.env.LOCAL_AWS_ROOT ?? projectRoot();
  const open = await openStage(stage, root, process.env, 'review');
  try {
    const { call, further, open: openCall, choice: chosen } = await resolveStage(open, choice);
    const others = noteOfOtherCalls('review', stage, open.settings, chosen);
    if (others !== undefined && run.json !== true) process.stderr.write(`${others}\n`);
    const accountId = further?.caller.accountId ?? open.caller.accountId;
    const callerUnread = openCall.accounts.has(accountId)
      ? undefined
      : { accountId, permission: `a profile of account ${accountId}, where ${call.callerArn} is` };
    // The settings say what a caller may need: all routes, if they name none.
    const routes = call.routes ?? (await findCall(call, openCall)).pair?.api.routes;
    // Both while a role is renamed.
    const { partition, rolePath, callerRoleNames } = open.settings;
    const callerArns =
      further === undefined
        ? callerRoleNames.map((name) => `arn:${partition}:iam::${accountId}:role${rolePath}${name}`)
        : [further.caller.roleArn];
    const detectDrift = () => {
      if (open.real && run.json !== true) process.stderr.write(COMPARING);
      return detectStageDrift(open, {});
    };
    return await reviewCall({ ...call, routes }, openCall, { ...run, callerUnread, callerArns, detectDrift });
  } finally {
    open.close();
  }
}
