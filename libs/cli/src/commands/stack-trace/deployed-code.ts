import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { unzip } from '@cross-account-api/local-aws/start';
import { createTemporaryFolder } from '@cross-account-api/local-aws/temporary';
import type { Account } from '../../aws/account.ts';
import { stageNames } from '../../project/stage-settings.ts';
import { readDeployedFunctions } from '../../stage/deployed-functions.ts';
import { readFunctionPackage } from '../../stage/function-package.ts';
import { openStage } from '../../stage/open-stage.ts';
import type { DeployedCode } from './code-that-ran.ts';
import { sha256Of } from './sources.ts';

/**
 * Downloads the deployment packages of a stage's functions, and hashes their files.
 * @param root of the project
 * @throws ReadError if AWS refuses a call
 */
export async function readDeployedCode(stage: string, root: string): Promise<DeployedCode> {
  const open = await openStage(stage, root, process.env);
  try {
    const names = stageNames(stage, root);
    const sha256 = new Map<string, string[]>();
    let lastModified: Date | undefined;
    for (const account of ['api', 'caller'] as const) {
      for (const { name } of await readDeployedFunctions(open[account], names[account], open.region)) {
        const code = await readCode(open[account], name, open.region);
        for (const [file, hash] of code.files) sha256.set(file, [...(sha256.get(file) ?? []), hash]);
        if (lastModified === undefined || code.lastModified > lastModified) lastModified = code.lastModified;
      }
    }
    return { stage, sha256, lastModified };
  } finally {
    open.close();
  }
}

async function readCode(account: Pick<Account, 'lambda' | 'read'>, name: string, region: string) {
  const { zip, lastModified } = await readFunctionPackage(account, name, region);
  await using temporary = await temporaryFolder();
  const folder = join(temporary.path, 'code');
  await mkdir(folder);
  await unzip(zip, folder);
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const modules = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.mjs'));
  const files = await Promise.all(
    modules.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(folder, path), sha256Of(await readFile(path))] as const;
    }),
  );
  return { files, lastModified };
}

async function temporaryFolder() {
  const folder = await createTemporaryFolder('code');
  return { path: folder.path, [Symbol.asyncDispose]: () => folder.close() };
}
