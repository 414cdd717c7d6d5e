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
 * @param variant a further change in that folder
 */
export async function copyWithRecipe(recipe: string, variant?: string): Promise<ProjectCopy> {
  const copy = await copyProject();
  try {
    const folder = join(recipes, recipe);
    await cp(join(folder, 'services'), join(copy.root, 'services'), { recursive: true });
    const changes = [join(folder, 'change.diff')].filter((file) => existsSync(file));
    if (variant !== undefined) changes.push(join(folder, `${variant}.diff`));
    for (const change of changes) await promisify(execFile)('git', ['apply', change], { cwd: copy.root });
  } catch (error) {
    await copy.remove();
    throw error;
  }
  return copy;
}
