import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import {
  type Actor,
  accounts,
  startTestAws,
  type TestAws,
  type TestAwsOptions,
} from '@cross-account-api/local-aws/testing';
import { copyProject, type ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { readSeed, seedLocalAws } from '../../libs/cli/src/project/seed.ts';
import { type SlsOptions, type SlsResult, sls, slsFailure } from '../../libs/cli/src/project/sls.ts';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { warmSls } from './warm-sls.testing.ts';

/** The account of the api service. */
export const API_ACCOUNT: string = accounts.api;
/** The account of the caller service. */
export const CALLER_ACCOUNT: string = accounts.caller;

/** A local AWS for one test, and a copy of the project that deploys to it. */
export interface TestBed {
  readonly aws: TestAws;
  /** The folder of its state directory. */
  readonly localAwsRoot: string;
  readonly project: ProjectCopy;
  /** The problems that local AWS reported: none, if all is well. */
  readonly reports: readonly string[];
  /** Runs the CLI for stage `local`, in the copy's root or in one of its services. */
  sls(
    args: readonly string[],
    options?: { readonly service?: string } & Partial<SlsOptions>,
  ): Promise<SlsResult>;
  /** Deploys both services as Compose does, but without its process. @throws Error with the output of the CLI */
  deploy(environment?: Readonly<Record<string, string>>): Promise<void>;
  /** Settings for clients of the AWS SDK that act as an account's administrator. */
  administrator(accountId: string): SdkSettings;
  close(): Promise<void>;
}

/** Settings that all of the SDK's clients take. */
export type SdkSettings = Omit<Actor['sdk'], 'forcePathStyle'> & { readonly maxAttempts: number };

/**
 * Starts a local AWS on a free port, next to a project from which nothing was deployed.
 * @param options of local AWS. `sample`: the project is a copy of this repository, with the services that an owner replaces. Default: the
 * pair of the tests, whose names and routes stay. `copy` makes another project
 */
export async function startTestBed({
  sample = false,
  copy = sample ? copyProject : copyPairProject,
  ...options
}: Pick<TestAwsOptions, 'accounts' | 'freshAccounts' | 'inspect' | 'organization' | 'tokenIssuers'> & {
  readonly sample?: boolean;
  readonly copy?: () => Promise<ProjectCopy>;
} = {}): Promise<TestBed> {
  await using stack = new AsyncDisposableStack();
  const project = await copy();
  stack.defer(() => project.remove());
  const reports: string[] = [];
  const aws = await startTestAws({ ...options, report: (message) => void reports.push(message) });
  stack.defer(() => aws.close());
  const localAwsRoot = aws.root;
  const stop = new AbortController();
  stack.defer(() => stop.abort());
  const seed = sample ? readSeed() : undefined;
  if (seed !== undefined) await seedLocalAws(seed, localAwsRoot, stop.signal);

  const run: TestBed['sls'] = (args, { service, ...options } = {}) => {
    const cwd = service === undefined ? project.root : join(project.root, 'services', service);
    const all = { cwd, localAwsRoot, signal: stop.signal, ...options };
    // In the project's root, it is Compose. Without the global set-up of Jest, as in scripts/test-packages, there is no warm process.
    const isWarm = all.cwd !== project.root && process.env.SLS_SOCKET !== undefined;
    return (isWarm ? warmSls : sls)([...args, '--stage', 'local'], all);
  };
  const running = stack.move();
  return {
    aws,
    localAwsRoot,
    project,
    reports,
    sls: run,
    async deploy(environment = {}) {
      for (const service of ['api', 'caller']) {
        const result = await run(['deploy'], { service, environment });
        if (result.exitCode !== 0) throw new Error(slsFailure(result));
      }
    },
    administrator: (accountId) => ({ ...aws.as(accountId).sdk, maxAttempts: 1 }),
    close: () => running.disposeAsync(),
  };
}

/**
 * Changes a file of a copy of the project.
 * @throws Error if the file does not have the text: then the test must not go on
 */
export async function edit(
  project: ProjectCopy,
  file: string,
  text: string | RegExp,
  replacement: string,
): Promise<void> {
  const path = join(project.root, file);
  const before = await readFile(path, 'utf8');
  const after = before.replace(text, () => replacement);
  if (after === before) throw new Error(`${file} does not have ${text}. Adapt the test to the file.`);
  await replaceFile(path, after);
}

/** Writes a file at once: what reads it meanwhile, such as calls during a change, finds the old text or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

/** A function's answer: its result, or the error that Lambda returns. */
export interface Answer {
  /** Absent if the function returned. */
  readonly functionError?: string | undefined;
  readonly payload: unknown;
}

/** Invokes the caller function as account B's administrator. */
export async function invokeCaller(bed: TestBed, event: unknown = {}, region = 'us-east-1'): Promise<Answer> {
  const name = stageNames('local', bed.project.root).caller;
  const functionArn = `arn:aws:lambda:${region}:${CALLER_ACCOUNT}:function:${name}`;
  const { payload, functionError } = await bed.aws.as(CALLER_ACCOUNT).invoke(functionArn, event);
  return { payload, functionError };
}

/** The outputs of the api service's stack that the caller needs in access mode `assume-role`. */
export async function apiOutputs(
  bed: TestBed,
): Promise<{ readonly ApiUrl: string; readonly InvokeRoleArn: string }> {
  const [ApiUrl, InvokeRoleArn] = await Promise.all([
    apiOutput(bed, 'ApiUrl'),
    apiOutput(bed, 'InvokeRoleArn'),
  ]);
  return { ApiUrl, InvokeRoleArn };
}

/** An output of the api service's stack. @throws Error if it does not exist */
export async function apiOutput(bed: TestBed, name: string): Promise<string> {
  const { Outputs } = await stackOf(bed, API_ACCOUNT, stageNames('local', bed.project.root).api);
  const value = Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
  if (value === undefined) throw new Error(`The api service's stack has no output ${name}.`);
  return value;
}

/**
 * Waits until a stack has reached its final state: the CLI reports a failure before the rollback has ended.
 * @example 'UPDATE_ROLLBACK_COMPLETE'
 */
export async function settledStackStatus(
  bed: TestBed,
  accountId: string,
  name: string,
): Promise<string | undefined> {
  for (;;) {
    const { StackStatus: status } = await stackOf(bed, accountId, name);
    if (status?.endsWith('_IN_PROGRESS') !== true) return status;
    await setTimeout(50);
  }
}

async function stackOf(bed: TestBed, accountId: string, name: string): Promise<Stack> {
  const cloudFormation = new CloudFormationClient(bed.administrator(accountId));
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
    const [stack] = Stacks ?? [];
    if (stack === undefined) throw new Error(`Account ${accountId} has no stack ${name}.`);
    return stack;
  } finally {
    cloudFormation.destroy();
  }
}
