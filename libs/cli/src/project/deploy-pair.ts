import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ACCESS_MODES } from '@cross-account-api/serverless-plugin';
import { copyProject, type ProjectCopy } from './copy-project.ts';
import { sls, slsFailure } from './sls.ts';

/** The way in which the caller gets in: the stage's setting `accessMode`. */
export type AccessMode = (typeof ACCESS_MODES)[number];

/** The options of a deployment. */
export interface PairDeployment {
  /** The folder of the state directory of a running local AWS. */
  readonly localAwsRoot: string;
  /** Ends the deployment. */
  readonly signal?: AbortSignal | undefined;
  /** Settings of stage `local` that differ from its defaults. */
  readonly settings?: Readonly<Record<string, unknown>> & { readonly accessMode?: AccessMode };
  /** Makes the copy of the project that is deployed. Default: a copy of this project */
  readonly copy?: () => Promise<ProjectCopy>;
}

/**
 * Deploys both services to stage `local`, with the real Serverless CLI.
 * @returns the copy of the project that is deployed, for the caller to remove
 * @throws Error with the CLI's output
 */
export async function deployPair({
  localAwsRoot,
  signal,
  settings = {},
  copy = copyProject,
}: PairDeployment): Promise<ProjectCopy> {
  await using stack = new AsyncDisposableStack();
  const project = await copy();
  stack.defer(() => project.remove());
  await writeFile(join(project.root, 'services/stages.yml'), JSON.stringify({ local: settings }));
  const result = await sls(['deploy', '--stage', 'local'], { cwd: project.root, localAwsRoot, signal });
  if (result.exitCode !== 0) throw new Error(signal?.aborted === true ? 'Interrupted.' : slsFailure(result));
  stack.move();
  return project;
}
