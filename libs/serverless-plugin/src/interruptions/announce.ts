import { deployedTemplate } from '../commands/deployed-template.ts';
import { readOutputs } from '../commands/outputs.ts';
import type { Deployment } from '../deployment.ts';
import type { Framework, Utilities } from '../framework.ts';
import { Mistake } from '../mistake.ts';
import { type Interruption, interruptionsOf } from './interruptions.ts';

/** The environment variable with which a deployment goes on although it interrupts callers. Compose hands it to each service. */
const GO_ON = 'INTERRUPT_CALLERS';

/**
 * Compares the finished template with the deployed one, before anything is changed.
 * @throws Mistake if the deployment would interrupt callers, and the environment does not say that it may
 */
export async function announceInterruptions(
  framework: Framework,
  { stage, settings }: Pick<Deployment, 'stage' | 'settings'>,
  { log }: Pick<Utilities, 'log'>,
): Promise<void> {
  const deployed = await deployedTemplate(framework);
  if (deployed instanceof Error) {
    log.warning(
      `The deployed template cannot be read, so it is not known whether this deployment interrupts callers: ${deployed.message} Allow cloudformation:GetTemplate: deploy deployment-role.yml again.`,
    );
    return;
  }
  const next = framework.service.provider.compiledCloudFormationTemplate;
  const found =
    deployed === undefined
      ? await renamed(framework, stage)
      : interruptionsOf({ stage, callers: settings.callers.map(({ name }) => name), deployed, next });
  if (found.length === 0) return;
  const text = found.map(describe).join('\n');
  if (process.env[GO_ON] === 'yes') {
    log.warning(`This deployment interrupts callers:\n${text}`);
    return;
  }
  throw new Mistake(
    `This deployment would interrupt callers:\n${text}\nNothing has been changed. To deploy it all the same: ${GO_ON}=yes npx sls deploy --stage ${stage}`,
  );
}

function describe({ problem, steps }: Interruption): string {
  const order = steps
    .map((step, index) => `    ${steps.length === 1 ? '' : `${index + 1}. `}${step}`)
    .join('\n');
  return `  ${problem}\n    Without an outage:\n${order}`;
}

/** A stage that is deployed for the first time, although this folder has a note of a deployment: the service had another name. */
async function renamed(framework: Framework, stage: string): Promise<readonly Interruption[]> {
  const provider = framework.getProvider('aws');
  const StackName = provider.naming.getStackName();
  const region = provider.getRegion();
  const noted = await readOutputs({ serviceDir: framework.serviceDir, stage, region });
  const suffix = `-${stage}-invoke`;
  const role = noted?.InvokeRoleArn?.split('/').at(-1);
  const old = role?.includes(suffix) === true ? `${role.slice(0, role.indexOf(suffix))}-${stage}` : undefined;
  if (old === undefined || old === StackName) return [];
  const before = await deployedTemplate(framework, old);
  if (before === undefined || before instanceof Error) return [];
  return [
    {
      problem: `The stack ${old} is this stage under its old name. ${StackName} becomes a second API beside it, with another URL, other roles and empty tables.`,
      steps: [
        `In services/caller/serverless.yml, add to iamRoleStatements of each function that calls this API: { Effect: Allow, Action: sts:AssumeRole, Resource: ${noted?.InvokeRoleArn} }. CloudFormation changes the policy of a function's role before the function.`,
        `Deploy with INTERRUPT_CALLERS=yes. The old stack goes on to answer: no call fails.`,
        `This repository's caller has the new values after the deployment. Hand the others theirs: npm run handover.`,
        `Copy the items that the new tables need.`,
        `When the access log of ${old} shows no more calls, remove it, in a clone of the commit before the change: npx sls api:remove --stage ${stage}. Then remove the statement.`,
      ],
    },
  ];
}
