import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { describeIssue } from '../core/describe-issue.ts';
import { parseJson } from '../core/parse-json.ts';

/** What `sls package` has made of a service. */
export interface ServicePackage {
  readonly stackName: string;
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The bucket for the zip files, if `provider.deploymentBucket` names one. Default: the stack has one. */
  readonly bucket: string | undefined;
  /** Has the bucket of the stack only. */
  readonly bucketTemplate: string;
  readonly template: string;
  /** The keys of the zip files in the bucket, and their paths. */
  readonly artifacts: readonly { readonly key: string; readonly file: string }[];
}

/** Something that is to be deployed is not there, or not complete. */
export class DeploymentInputError extends Error {
  override readonly name = 'DeploymentInputError';
  readonly code = 'InvalidDeploymentInput';
}

const STATE = 'serverless-state.json';

const stateSchema = v.looseObject({
  package: v.looseObject({
    // `serverless/<service>/<stage>/<time>`
    artifactDirectoryName: v.pipe(v.string(), v.regex(/^.+\/[^/]+\/[^/]+\/[^/]+$/)),
  }),
  service: v.looseObject({
    provider: v.looseObject({
      region: v.string(),
      stackName: v.optional(v.string()),
      stackTags: v.optional(v.record(v.string(), v.string()), {}),
    }),
  }),
});

/** The folder with the package of a service: the folder itself, or `.serverless` in it. `undefined`: there is none. */
export function packageFolderIn(folder: string): string | undefined {
  return [folder, join(folder, '.serverless')].find((each) => existsSync(join(each, STATE)));
}

/** Reads what `sls package` has made. It writes nothing. @throws DeploymentInputError */
export async function readServicePackage(folder: string): Promise<ServicePackage> {
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  const { success, output, issues } = v.safeParse(stateSchema, parseJson(await read(STATE)));
  if (!success) {
    throw new DeploymentInputError(
      `${resolve(folder, STATE)} is not what sls package of osls 4 writes: ${issues.map((issue) => describeIssue(issue)).join('; ')}.`,
    );
  }
  const { artifactDirectoryName } = output.package;
  const { provider } = output.service;
  // The stage in `provider` is not that of the command line.
  const [stage = '', service = ''] = artifactDirectoryName.split('/').slice(0, -1).reverse();
  const template = await read('cloudformation-template-update-stack.json');
  const zips = (await readdir(folder)).filter((name) => name.endsWith('.zip'));
  return {
    stackName: provider.stackName ?? `${service}-${stage}`,
    region: provider.region,
    tags: { STAGE: stage, ...provider.stackTags },
    bucketTemplate: await read('cloudformation-template-create-stack.json'),
    template,
    bucket: /"S3Bucket": *"([a-z0-9.-]+)"/.exec(template)?.[1],
    artifacts: zips.map((name) => ({ key: `${artifactDirectoryName}/${name}`, file: join(folder, name) })),
  };
}
