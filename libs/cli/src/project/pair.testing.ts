import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSeq, parseDocument } from 'yaml';
import { copyProject, type ProjectCopy } from './copy-project.ts';

/** A project for the tests of the commands. Its names and routes do not depend on the services of this repository. */
export const pairProject = join(import.meta.dirname, '../../test/pair');

/** Makes a test file's commands act in {@link pairProject}, as if it was the working directory. */
export function workInPairProject(): void {
  beforeAll(() => jest.spyOn(process, 'cwd').mockReturnValue(pairProject));
  afterAll(() => jest.restoreAllMocks());
}

/**
 * Copies {@link pairProject} as a project that can be deployed: its names, functions and contract, in the services of this
 * repository. So the tests deploy the services' settings, roles and stage, but other routes.
 */
export async function copyPairProject(): Promise<ProjectCopy> {
  const copy = await copyProject();
  try {
    for (const service of ['api', 'caller']) {
      const folder = join(copy.root, 'services', service);
      await rm(join(folder, 'src'), { recursive: true, force: true });
      const own = await readFile(join(folder, 'serverless.yml'), 'utf8');
      const ofPair = join(pairProject, 'services', service);
      await cp(ofPair, folder, { recursive: true });
      const merged = mergeService(own, await readFile(join(ofPair, 'serverless.yml'), 'utf8'));
      await writeFile(join(folder, 'serverless.yml'), merged);
    }
    await cp(join(pairProject, 'serverless-compose.yml'), join(copy.root, 'serverless-compose.yml'));
    // The pair's contract is a document only.
    await rm(join(copy.root, 'services/contract/src'), { recursive: true });
    await cp(join(pairProject, 'services/contract'), join(copy.root, 'services/contract'), {
      recursive: true,
    });
  } catch (error) {
    await copy.remove();
    throw error;
  }
  return copy;
}

/** Gives a service the name, the functions and the table of the pair. Files with resources belong to the functions that go. */
function mergeService(own: string, ofPair: string): string {
  const [merged, pair] = [own, ofPair].map((text) => parseDocument(text, { logLevel: 'silent' }));
  if (merged === undefined || pair === undefined) throw new Error('There is no serverless.yml.');
  for (const path of [['service'], ['functions']]) merged.setIn(path, pair.getIn(path, true));
  const resources = merged.get('resources');
  if (isSeq(resources)) {
    const table = `\${file(./resources/idempotency.yml)}`;
    const kept = resources.items.filter((item) => !String(item).startsWith(`\${file(`));
    resources.items = [merged.createNode(table), ...kept];
  }
  return merged.toString({ lineWidth: 0 });
}
