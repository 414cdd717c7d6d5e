import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accountMistake, accountRemedy, type ServiceAccount, shellNotice } from '../credentials/account.ts';
import { accountId, explainNoCredentials, isWithoutCredentials } from '../credentials/account-id.ts';
import type { CredentialsSource } from '../credentials/find.ts';
import { findCredentialsHere, useCredentials } from '../credentials/use.ts';
import type { DeploymentFacts } from '../deployment.ts';
import type { Framework, Utilities } from '../framework.ts';
import { Mistake } from '../mistake.ts';

/** Commands that change something in the account, or note the outputs of its stack. */
const CHECKED = ['deploy', 'deploy function', 'info', 'remove', 'rollback', 'rollback function'];

/** Commands that send no request. */
const OFFLINE = ['package', 'print'];

/** Keeps a command in the account of its service. */
export function ownAccount(
  framework: Framework,
  { stage }: Pick<DeploymentFacts, 'stage'>,
  account: ServiceAccount,
  { log }: Utilities,
) {
  const { commands, options } = framework.processedInput;
  const command = commands.join(' ');
  let source: Promise<CredentialsSource> | undefined;
  const find = () => {
    source ??= findCredentialsHere({
      stage,
      stageProfile: account.profile,
      optionProfile: options['aws-profile'] ?? undefined,
    });
    return source;
  };
  return {
    /**
     * From here on, osls uses the service's credentials.
     * @throws Mistake if AWS's files do not have the profile, and serverless.yml has variables that osls now asks AWS for
     */
    async use(): Promise<void> {
      // The plugin of local AWS sets up the environment of stage `local`, later than this.
      if (stage === 'local') return;
      const found = await find();
      if (found.profile !== undefined && (await asksAws(framework.serviceDir))) {
        const { parseKnownFiles } = await import('@smithy/core/config');
        const { [found.profile]: known } = await parseKnownFiles({});
        if (known === undefined) throw new Mistake(await explainNoCredentials(found, new Error(NO_PROFILE)));
      }
      useCredentials(found, stage, process.env);
    },

    /**
     * Makes sure that the command's credentials are of the service's account, before it changes anything.
     * @returns the account's ID; `undefined` for a command that is not checked
     * @throws Mistake
     */
    async check(): Promise<string | undefined> {
      const found = await find();
      const isInPlace = found.insteadOf !== undefined && !OFFLINE.includes(command);
      if (!CHECKED.includes(command) && !isInPlace) return undefined;
      const actual = await accountId(framework, found);
      const { setting, accountId: expected } = account;
      const mistake = accountMistake({ stage, setting, expected, actual, subject: found.subject });
      if (mistake !== undefined) {
        throw new Mistake(`${mistake} ${accountRemedy(stage, account, found)} Nothing has been changed.`);
      }
      // Local AWS says by itself which profile it takes.
      const notice = stage === 'local' ? undefined : shellNotice(stage, account, found, actual);
      if (notice !== undefined) log.notice(notice);
      return actual;
    },

    /** The AWS CLI with the command's credentials and region, for messages. */
    async cli(): Promise<string> {
      const { profile } = await find();
      const region = framework.getProvider('aws').getRegion();
      return `aws${profile === undefined ? '' : ` --profile ${profile}`} --region ${region}`;
    },

    /**
     * Explains why there are no credentials, for commands that are not checked.
     * @param error is changed. The framework prints its decorated message, without a stack
     */
    async explain(error: Error & { decoratedMessage?: string }): Promise<void> {
      if (!isWithoutCredentials(error)) return;
      error.decoratedMessage = await explainNoCredentials(await find(), error);
    },
  };
}

/** The reason of the SDK, which names no remedy. */
const NO_PROFILE = 'Could not resolve credentials using profile.';

/** Whether a service's file has variables that osls asks AWS for, before it runs a command. */
async function asksAws(serviceDir: string): Promise<boolean> {
  const text = await readFile(join(serviceDir, 'serverless.yml'), 'utf8').catch(() => '');
  return /\$\{(?:ssm|cf|s3|aws:accountId)\b/.test(text);
}
