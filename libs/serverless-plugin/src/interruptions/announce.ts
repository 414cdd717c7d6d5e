import { deployedTemplate } from '../commands/deployed-template.ts';
import { readOutputs } from '../commands/outputs.ts';
import { isWithoutCredentials } from '../credentials/account-id.ts';
import type { DeploymentFacts } from '../deployment.ts';
import type { Framework, Template, Utilities } from '../framework.ts';
import { Mistake } from '../mistake.ts';
import { earlierConnectionsOf, lostPermissionsOf, otherApiOf, stackOfRole } from './connections.ts';
import { earlierTemplate } from './earlier-template.ts';
import { type Interruption, interruptionsOf } from './interruptions.ts';
import { unreadTemplate } from './unread.ts';

/** The environment variable with which a deployment goes on although it interrupts callers. Compose hands it to each service. */
const GO_ON = 'INTERRUPT_CALLERS';

/** A step before a deployment or a rollback. It throws a Mistake if callers would be interrupted, and the environment does not allow that. */
type Announcement = (
  framework: Framework,
  deployment: Pick<DeploymentFacts, 'stage' | 'settings'>,
  utilities: Pick<Utilities, 'log'>,
) => Promise<void>;

/** A command that changes a stack. */
interface Command {
  /** As in "this deployment". */
  readonly what: string;
  /** The command line, in the folder of the service. */
  readonly line: string;
}

/** Stops if the new template of the API takes from callers what they use: its URL, a role, an external ID, the access mode, a table. */
export const announceInterruptions: Announcement = async (framework, { stage, settings }, { log }) => {
  const command = { what: 'deployment', line: `npx sls deploy --stage ${stage}` };
  const deployed = await read(deployedTemplate(framework), command, log);
  if (deployed === 'unread') return;
  const next = framework.service.provider.compiledCloudFormationTemplate;
  const found =
    deployed === undefined
      ? await renamed(framework, stage)
      : interruptionsOf({ stage, callers: settings.callers.map(({ name }) => name), deployed, next });
  announce(found, command, log);
};

/** Stops if a caller leaves its API for another one, or loses the permission for a role that it still assumes. */
export const announceOtherApi: Announcement = async (framework, { stage }, { log }) => {
  const deployed = await deployedTemplate(framework);
  // The API's own comparison says why a template cannot be read. Here, no call fails.
  if (deployed === undefined || deployed instanceof Error) return;
  const next = framework.service.provider.compiledCloudFormationTemplate;
  const command = { what: 'deployment', line: `npx sls deploy --stage ${stage}` };
  const change = { stage, deployed, next };
  announce([...otherApiOf(change), ...lostPermissionsOf(change)], command, log);
};

/** Stops if the earlier template of the API takes from callers what they use. */
export const announceRollback: Announcement = async (framework, { stage, settings }, { log }) => {
  await rollBack(framework, stage, log, ({ deployed, next }) =>
    interruptionsOf({
      stage,
      callers: settings.callers.map(({ name }) => name),
      deployed,
      next,
      goesBack: true,
    }),
  );
};

/** Stops if the earlier template of a caller has earlier values of the API. */
export const announceCallerRollback: Announcement = async (framework, { stage }, { log }) => {
  await rollBack(framework, stage, log, (templates) => earlierConnectionsOf({ stage, ...templates }));
};

async function rollBack(
  framework: Framework,
  stage: string,
  log: Utilities['log'],
  compare: (templates: { readonly deployed: Template; readonly next: Template }) => readonly Interruption[],
): Promise<void> {
  const { timestamp } = framework.processedInput.options;
  // Without it, the framework lists the deployments.
  if (typeof timestamp !== 'string') return;
  const line = `npx sls rollback --stage ${stage} --timestamp ${timestamp}`;
  const command = { what: 'rollback', line };
  const deployed = await read(deployedTemplate(framework), command, log);
  if (deployed === undefined || deployed === 'unread') return;
  const next = await read(earlierTemplate(framework, timestamp), command, log, 's3:GetObject');
  if (next === undefined || next === 'unread') return;
  announce(compare({ deployed, next }), command, log);
}

/**
 * Reads a template that is to be compared.
 * @returns `undefined` if it does not exist, and `unread` if the command goes on without it
 * @throws Mistake if it cannot be read now; and the SDK's error if there are no credentials
 */
async function read(
  template: Promise<Template | Error | undefined>,
  { what, line }: Command,
  log: Utilities['log'],
  action = 'cloudformation:GetTemplate',
): Promise<Template | 'unread' | undefined> {
  const result = await template;
  if (!(result instanceof Error)) return result;
  // The plugin explains it, as for every command.
  if (isWithoutCredentials(result)) throw result;
  const { reason, remedy, staysUnread } = unreadTemplate(result, action);
  const which = action.startsWith('s3') ? 'earlier' : 'deployed';
  const problem = `The ${which} template cannot be read, so it is not known whether this ${what} interrupts callers.\n  ${reason}\n  ${remedy}`;
  if (!staysUnread && process.env[GO_ON] !== 'yes') {
    throw new Mistake(
      `${problem}\nNothing has been changed. To go on without the comparison, where you ran this command: ${GO_ON}=yes ${line}`,
    );
  }
  log.warning(problem);
  return 'unread';
}

function announce(found: readonly Interruption[], { what, line }: Command, log: Utilities['log']): void {
  if (found.length === 0) return;
  const text = found.map(describe).join('\n');
  if (process.env[GO_ON] === 'yes') {
    log.warning(`This ${what} interrupts callers:\n${text}`);
    return;
  }
  throw new Mistake(
    `This ${what} would interrupt callers:\n${text}\nNothing has been changed. To go on all the same, where you ran this command: ${GO_ON}=yes ${line}`,
  );
}

function describe({ problem, steps }: Interruption): string {
  const order = steps
    .map((step, index) => `    ${steps.length === 1 ? '' : `${index + 1}. `}${step}`)
    .join('\n');
  return `  ${problem}\n    Without an outage:\n${order}`;
}

/** Nobody has to go on calling what is on this machine. */
const RESTART = 'Stop npm start and start it again: local AWS begins empty, and deploys the new name only.';

/** A stage that is deployed for the first time, although this folder has a note of a deployment: the service had another name. */
async function renamed(framework: Framework, stage: string): Promise<readonly Interruption[]> {
  const provider = framework.getProvider('aws');
  const StackName = provider.naming.getStackName();
  const region = provider.getRegion();
  const noted = await readOutputs({ serviceDir: framework.serviceDir, stage, region });
  const old = stackOfRole(noted?.InvokeRoleArn, stage)?.stack;
  if (old === undefined || old === StackName) return [];
  const before = await deployedTemplate(framework, old);
  if (before === undefined || before instanceof Error) return [];
  return [
    {
      problem: `The stack ${old} is this stage under its old name. ${StackName} becomes a second API beside it, with another URL, other roles and empty tables.`,
      steps:
        stage === 'local'
          ? [RESTART]
          : [
              `In services/caller/serverless.yml, add to iamRoleStatements of each function that calls this API: { Effect: Allow, Action: sts:AssumeRole, Resource: ${noted?.InvokeRoleArn} }. CloudFormation changes the policy of a function's role before the function.`,
              `Deploy with INTERRUPT_CALLERS=yes. The old stack goes on to answer: no call fails.`,
              `This repository's caller has the new values after the deployment. Hand the others theirs: npm run handover.`,
              `Copy the items that the new tables need.`,
              `When the access log of ${old} shows no more calls, remove it, in a clone of the commit before the change: npx sls api:remove --stage ${stage}. Then remove the statement.`,
            ],
    },
  ];
}
