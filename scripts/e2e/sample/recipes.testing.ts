import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { copyProject, type ProjectCopy } from '../../../libs/cli/src/project/copy-project.ts';
import { projectRoot } from '../../lib/project.ts';

const recipes = join(import.meta.dirname, 'recipes');

/** The page that shows the recipes. */
export const recipesPage = join(projectRoot, 'services/RECIPES.md');

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

/** The files of all recipes, such as `queue/change.diff`. */
export function recipeFiles(): readonly string[] {
  return globSync('*/**/*.*', { cwd: recipes }).toSorted();
}

const SHOWN = /(?<=^<!-- (?<file>\S+) -->\n)```(?<language>\w+)\n.*?^```$/gms;

/**
 * Puts the texts of the files into the page: each stands below a comment with its name.
 * @throws Error if a file does not exist
 */
export function withFiles(page: string): string {
  return page.replace(SHOWN, (...match) => {
    const { file, language } = match.at(-1) as { readonly file: string; readonly language: string };
    return `\`\`\`${language}\n${readFileSync(join(recipes, file), 'utf8')}\`\`\``;
  });
}

/** The files that a page shows. */
export function filesIn(page: string): readonly string[] {
  return [...page.matchAll(SHOWN)].map(({ groups }) => groups?.file ?? '').toSorted();
}
