import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
  type Tag,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ProjectCopy } from '../../libs/cli/src/project/project.ts';
import { sls, slsFailure } from '../../libs/cli/src/project/sls.ts';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { projectRoot } from '../lib/project.ts';
import { API_ACCOUNT, apiOutputs, CALLER_ACCOUNT, type TestBed } from './test-bed.testing.ts';

/** Placeholders in the caller's template for the outputs of the api service. */
const placeholders = { ApiUrl: 'https://api-url.invalid', InvokeRoleArn: 'arn:invoke-role' };

/**
 * Deploys both services as `sls deploy` does, in a tenth of the time: `sls package` has run once for this state of the
 * sources, and CloudFormation gets its templates and zip files. Stacks that exist are updated, if no route is removed. For tests of
 * deployed resources only: tests of the deployment itself use the CLI.
 * @param tags of the stacks, in addition to `STAGE`. The CLI takes them from the stage's settings
 */
export async function deployPackages(
  bed: TestBed,
  tags: Readonly<Record<string, string>> = {},
): Promise<void> {
  const packages = await packagePair(bed.project);
  const { api, caller } = stageNames('local', bed.project.root);
  const Tags = Object.entries({ STAGE: 'local', ...tags }).map(([Key, Value]) => ({ Key, Value }));
  await deployPackage(bed, API_ACCOUNT, { StackName: api, Tags }, join(packages, 'api'));
  const outputs = Object.entries(await apiOutputs(bed));
  const stack = { StackName: caller, Tags };
  await deployPackage(bed, CALLER_ACCOUNT, stack, join(packages, 'caller'), (template) =>
    outputs.reduce(
      (text, [name, value]) => text.replaceAll(placeholders[name as keyof typeof placeholders], value),
      template,
    ),
  );
}

async function deployPackage(
  bed: TestBed,
  accountId: string,
  named: { readonly StackName: string; readonly Tags: Tag[] },
  folder: string,
  complete = (template: string) => template,
): Promise<void> {
  const cloudFormation = new CloudFormationClient(bed.administrator(accountId));
  const s3 = new S3Client({ ...bed.administrator(accountId), forcePathStyle: true });
  const template = (step: string) =>
    readFile(join(folder, `cloudformation-template-${step}-stack.json`), 'utf8');
  const { StackName } = named;
  const stack = { ...named, Capabilities: ['CAPABILITY_NAMED_IAM' as const] };
  const settled = async () => {
    for (;;) {
      const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      const status = Stacks?.[0]?.StackStatus;
      if (status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE') return;
      if (!/^(CREATE|UPDATE)_.*IN_PROGRESS$/.test(String(status))) throw new Error(`${StackName}: ${status}`);
      await setTimeout(10);
    }
  };
  try {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({}));
    if (!Stacks.some((existing) => existing.StackName === StackName)) {
      await cloudFormation.send(new CreateStackCommand({ ...stack, TemplateBody: await template('create') }));
      await settled();
    }
    const { StackResourceDetail } = await cloudFormation.send(
      new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'ServerlessDeploymentBucket' }),
    );
    const state = JSON.parse(await readFile(join(folder, 'serverless-state.json'), 'utf8'));
    for (const name of (await readdir(folder)).filter((file) => file.endsWith('.zip'))) {
      await s3.send(
        new PutObjectCommand({
          Bucket: StackResourceDetail?.PhysicalResourceId,
          Key: `${state.package.artifactDirectoryName}/${name}`,
          Body: await readFile(join(folder, name)),
        }),
      );
    }
    const TemplateBody = complete(await template('update'));
    await cloudFormation.send(new UpdateStackCommand({ ...stack, TemplateBody }));
    await settled();
  } finally {
    cloudFormation.destroy();
    s3.destroy();
  }
}

/** A package that no test has used for this long is removed from the cache. */
const UNUSED_MS = 24 * 3_600_000;

/**
 * Packages both services, unless this was done already for the same sources and settings.
 * @returns a folder with the package of each: `api` and `caller`. Do not change it
 */
export async function packagePair(project: ProjectCopy, stage = 'local'): Promise<string> {
  const cache = join(projectRoot, 'node_modules/.cache/packaged-pair');
  const folder = join(cache, await fingerprint(project, stage));
  const unfinished = `${folder}-unfinished`;
  await mkdir(cache, { recursive: true });
  for (;;) {
    if (existsSync(folder)) {
      await utimes(folder, new Date(), new Date());
      return folder;
    }
    // The test that makes the folder is the one that packages. The others wait for it, unless it was killed.
    const isFirst = await mkdir(unfinished).then(
      () => true,
      () => false,
    );
    if (isFirst) break;
    const { mtimeMs } = await stat(unfinished).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > 60_000) await rm(unfinished, { recursive: true, force: true });
    await setTimeout(100);
  }
  try {
    for (const service of ['api', 'caller']) {
      const params = [`apiUrl=${placeholders.ApiUrl}`, `invokeRoleArn=${placeholders.InvokeRoleArn}`];
      const result = await sls(
        ['package', '--stage', stage, ...params.flatMap((param) => ['--param', param])],
        { cwd: join(project.root, 'services', service) },
      );
      if (result.exitCode !== 0) throw new Error(slsFailure(result));
      await cp(join(project.root, 'services', service, '.serverless'), join(unfinished, service), {
        recursive: true,
      });
    }
    await rename(unfinished, folder);
    for (const name of await readdir(cache)) {
      const { mtimeMs } = await stat(join(cache, name)).catch(() => ({ mtimeMs: Date.now() }));
      if (Date.now() - mtimeMs > UNUSED_MS) await rm(join(cache, name), { recursive: true, force: true });
    }
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** The input of the packages: the stage and its settings, the services, the libraries in their bundles, and the versions of packages. */
async function fingerprint(project: ProjectCopy, stage: string): Promise<string> {
  const hash = createHash('sha256').update(stage);
  for (const part of [
    join(project.root, 'services'),
    'libs/assume-role',
    'libs/signed-fetch',
    'libs/contract',
    'libs/api-handler',
    'libs/serverless-plugin',
  ]) {
    const folder = resolve(projectRoot, part);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => `/${relative(folder, join(entry.parentPath, entry.name))}`)
      .filter((file) => !/\/(node_modules|dist|\.serverless|\.esbuild)\//.test(file));
    for (const file of files.sort()) hash.update(`${file}\0`).update(await readFile(join(folder, file)));
  }
  for (const file of ['package-lock.json', 'tsconfig.json']) {
    hash.update(await readFile(join(projectRoot, file)));
  }
  return hash.digest('hex').slice(0, 32);
}
