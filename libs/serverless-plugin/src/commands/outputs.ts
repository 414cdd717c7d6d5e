import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Framework } from '../framework.ts';

// The caller service reads the outputs of the API's stack from these notes. Compose can pass outputs, too. But then it demands them
// for every command, even for those that need none (info, logs, remove), and it keeps them by stage, not by region.

/** The outputs of a stack by their names. */
export type Outputs = Readonly<Record<string, string>>;

/** A deployed service: its folder, and where it is deployed. */
export interface DeployedService {
  /** The absolute path of the service's folder, such as `/…/services/api`. */
  readonly serviceDir: string;
  readonly stage: string;
  readonly region: string;
}

/**
 * Reads the noted outputs of a service.
 * @returns `undefined` if there is no note
 */
export async function readOutputs(service: DeployedService): Promise<Outputs | undefined> {
  return readFile(fileOf(service), 'utf8').then(JSON.parse, (error) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/**
 * Reads the outputs of a service in any region, if they were noted after a time.
 * @param since in milliseconds since the epoch
 */
export async function readNewOutputs(
  { serviceDir, stage }: Omit<DeployedService, 'region'>,
  since: number,
): Promise<Outputs | undefined> {
  const folder = folderOf(serviceDir);
  const names = (await readdir(folder).catch(() => [])).filter((name) =>
    name.startsWith(prefixOf(serviceDir, stage)),
  );
  for (const file of names.map((name) => join(folder, name))) {
    if ((await stat(file)).mtimeMs >= since) return JSON.parse(await readFile(file, 'utf8'));
  }
  return undefined;
}

/** Notes the outputs of a deployed service. */
export async function writeOutputs(service: DeployedService, outputs: Outputs): Promise<void> {
  await mkdir(folderOf(service.serviceDir), { recursive: true });
  await writeFile(fileOf(service), `${JSON.stringify(outputs, null, 2)}\n`);
}

/** Forgets the outputs of a service that was removed. */
export async function removeOutputs(service: DeployedService): Promise<void> {
  await rm(fileOf(service), { force: true });
}

/** The service of a command, as the key of its outputs. */
export function deployedService(framework: Framework): DeployedService {
  const provider = framework.getProvider('aws');
  return { serviceDir: framework.serviceDir, stage: provider.getStage(), region: provider.getRegion() };
}

/** Notes the stack's outputs, for the caller service and for Compose. */
export async function noteOutputs(framework: Framework): Promise<void> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const provider = framework.getProvider('aws');
  const cloudFormation = new CloudFormationClient(await provider.getAwsSdkV3Config());
  const StackName = provider.naming.getStackName();
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  cloudFormation.destroy();
  const outputs = (Stacks[0]?.Outputs ?? []).map(
    ({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue] as const,
  );
  await writeOutputs(deployedService(framework), Object.fromEntries(outputs));
}

// Not in the service's own folder `.serverless`, which each packaging empties.
const folderOf = (serviceDir: string) => join(dirname(serviceDir), '.serverless');

const prefixOf = (serviceDir: string, stage: string) => `${basename(serviceDir)}-outputs.${stage}.`;

const fileOf = ({ serviceDir, stage, region }: DeployedService) =>
  join(folderOf(serviceDir), `${prefixOf(serviceDir, stage)}${region}.json`);
