import { cloudFormationOf } from '../aws/cloud-formation.ts';
import { type DetectedChange, detectDrift } from '../aws/detect-drift.ts';
import { find } from '../aws/find.ts';
import type { PollOptions } from '../aws/poll.ts';
import { callWith } from '../call-of.ts';
import { printable } from '../printable.ts';
import type { OpenStage } from './open-stage.ts';
import { stageStacks } from './stage-stacks.ts';

/** What somebody changed past CloudFormation in a stage. */
export interface StageDrift {
  readonly changed: readonly (DetectedChange & { readonly stack: string; readonly accountId: string })[];
  /** Why stacks or resources were not compared: a missing permission, or what failed. */
  readonly unread: readonly string[];
  /** What to do, as a sentence. Absent: nothing was changed. */
  readonly note?: string;
}

/**
 * Lets CloudFormation compare the stacks of a stage with their resources, so nobody has to guess whether a policy differs from its
 * template. Without the permissions, it says that this is not known.
 */
export async function detectStageDrift(open: OpenStage, options: PollOptions): Promise<StageDrift> {
  const { stacks } = await stageStacks(open);
  const signals = [options.signal, AbortSignal.timeout(LONGEST_DETECTION_MS)];
  const signal = AbortSignal.any(signals.filter((each) => each !== undefined));
  const found = await Promise.all(
    stacks.map(async ({ name: stack, account }) => {
      const { accountId } = account;
      const { facts, unread } = await find(accountId, () =>
        account.read(() => detectDrift(cloudFormationOf(account), stack, { ...options, signal })),
      );
      const ofResources = facts?.unread.map(({ logicalId, reason }) => `${logicalId}: ${reason}`) ?? [];
      return {
        changed: facts?.drifted.map((each) => ({ ...each, stack, accountId })) ?? [],
        unread: [
          ...ofResources,
          ...(unread === undefined ? [] : [unread.permission ?? unread.failure ?? '']),
        ],
      };
    }),
  );
  const drift = {
    changed: found.flatMap(({ changed }) => changed),
    unread: found.flatMap(({ unread }) => unread),
  };
  const note = noteOf(drift, callWith('repair', `--stage ${open.stage}`));
  return note === undefined ? drift : { ...drift, note };
}

/** Several times what a detection of a stack of this size takes. */
const LONGEST_DETECTION_MS = 300_000;

/** The resources that a sentence names. */
const MOST_NAMED = 3;

function noteOf({ changed, unread }: StageDrift, repair: string): string | undefined {
  if (changed.length > 0) {
    const named = changed
      .slice(0, MOST_NAMED)
      .map(({ logicalId, type, stack, state }) => `${logicalId} of ${stack} (${type}, ${state})`);
    const more = changed.length > MOST_NAMED ? ` and ${changed.length - MOST_NAMED} more` : '';
    return `Somebody changed this past CloudFormation, so no deployment puts it back: ${named.join(', ')}${more}. ${repair} shows the differences, and puts back what the template says with --yes.`;
  }
  if (unread.length === 0) return undefined;
  return `It is not known whether somebody changed the stage past CloudFormation (not compared: ${printable(`${unread[0]}`)}). ${repair} compares it, and changes nothing without --yes.`;
}
