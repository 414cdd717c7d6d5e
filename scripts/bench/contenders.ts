import { join } from 'node:path';
import { copyProject } from '../../libs/cli/src/project/copy-project.ts';
import { installTools } from '../lib/tools.ts';
import { type Bundle, bundleFunctions } from './bundles.ts';

/** The caller to compare, other ways to call the same API, and an unsigned request. */
export const contenders = {
  ours: 'this project',
  article: 'as in the article: the whole SDK, AssumeRole each time',
  smithy: '@smithy/signature-v4 and fromTemporaryCredentials',
  axios: 'axios with aws4-axios',
  aws4fetch: 'aws4fetch alone',
  floor: 'unsigned fetch to an open route',
} as const;

/** The name of a contender. */
export type Contender = keyof typeof contenders;

const peers = join(import.meta.dirname, 'peers');

/** Installs the packages of the other contenders, if they are missing. */
export const installPeers = (): Promise<void> => installTools(peers);

/** Packages contenders as `sls package` does: ours from the service, the others from `peers/serverless.yml`. */
export async function bundleContenders(
  wanted: readonly Contender[],
): Promise<ReadonlyMap<Contender, Bundle>> {
  const project = await copyProject();
  try {
    const ours = await bundleFunctions(join(project.root, 'services/caller'));
    const others = await bundleFunctions(peers);
    return new Map(
      wanted.map((contender) => {
        const bundle = contender === 'ours' ? ours.get('caller') : others.get(contender);
        if (bundle === undefined) throw new Error(`sls package wrote no zip file of ${contender}.`);
        return [contender, bundle];
      }),
    );
  } finally {
    await project.remove();
  }
}
