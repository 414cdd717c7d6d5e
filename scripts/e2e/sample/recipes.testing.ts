import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { copyProject, type ProjectCopy } from '../../../libs/cli/src/project/copy-project.ts';

const recipes = join(import.meta.dirname, 'recipes');

/**
 * Copies the services with the files and the change of a recipe.
 * @param recipe the name of its folder
 */
export async function copyWithRecipe(recipe: string): Promise<ProjectCopy> {
  const copy = await copyProject();
  try {
    const folder = join(recipes, recipe);
    await cp(join(folder, 'services'), join(copy.root, 'services'), { recursive: true });
    const change = join(folder, 'change.diff');
    if (existsSync(change)) await promisify(execFile)('git', ['apply', change], { cwd: copy.root });
  } catch (error) {
    await copy.remove();
    throw error;
  }
  return copy;
}
