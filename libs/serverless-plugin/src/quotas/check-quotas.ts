import type { DeploymentFacts } from '../deployment.ts';
import type { Framework, Utilities } from '../framework.ts';
import { Mistake } from '../mistake.ts';
import { quotaFindings } from './findings.ts';
import { packagesOf } from './packages.ts';

/**
 * Compares the finished template and the packages with AWS's quotas, and warns of those that are nearly used up.
 * @throws Mistake if AWS would refuse the deployment
 */
export async function checkQuotas(
  framework: Framework,
  { stage, settings }: DeploymentFacts,
  { log }: Pick<Utilities, 'log'>,
): Promise<void> {
  const { service, serviceDir } = framework;
  const { region, partition, quotas } = settings;
  const findings = quotaFindings(
    {
      template: service.provider.compiledCloudFormationTemplate,
      place: { stackName: `${service.service}-${stage}`, region, partition },
      packages: await packagesOf(service.functions ?? {}, serviceDir),
    },
    quotas,
  );
  const errors = findings.filter(({ level }) => level === 'error');
  if (errors.length > 0) {
    throw new Mistake(
      `${errors.map(({ problem, remedy }) => `${problem}\n  ${remedy}`).join('\n')}\nNothing has been deployed.`,
    );
  }
  for (const { problem, remedy } of findings) log.warning(`${problem}\n  ${remedy}`);
}
