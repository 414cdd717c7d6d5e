import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project.ts';

/** The pages that show files which run. */
export const pagesWithFiles = ['services/RECIPES.md', 'libs/signed-fetch/MOVE.md'] as const;

/** A block of code below a comment with the path of its file. */
const SHOWN = /(?<=^<!-- (?<file>\S+) -->\n)```(?<language>\w+)\n.*?^```$/gms;

/** Replaces the code of a page by the text of the files. Code whose file does not exist stays. */
export function withFiles(page: string): string {
  return page.replace(SHOWN, (...match) => {
    const { file, language } = match.at(-1) as { readonly file: string; readonly language: string };
    const path = join(projectRoot, file);
    return existsSync(path) ? `\`\`\`${language}\n${readFileSync(path, 'utf8')}\`\`\`` : match[0];
  });
}

/** The paths of the files that a page shows, in alphabetical order. */
export function filesShownIn(page: string): readonly string[] {
  return [...page.matchAll(SHOWN)].map(({ groups }) => groups?.file ?? '').toSorted();
}
