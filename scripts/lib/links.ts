import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import GithubSlugger from 'github-slugger';

/** A link to a file of this repository on GitHub. Pages that npm shows need such links. */
const ON_GITHUB =
  /^(?:https:\/\/github\.com\/cross-account-api\/cross-account-api|__REPOSITORY__)\/blob\/main\//;

const TEMPLATE = 'libs/create/template/';

/**
 * Finds links that lead nowhere: to a file that does not exist, or to a heading that the page does not have.
 * Links to other hosts are not followed.
 * @param root the project's folder
 * @param pages the paths of Markdown files, relative to it
 */
export function linkProblems(root: string, pages: readonly string[]): string[] {
  const read = (page: string) => withoutCode(readFileSync(join(root, page), 'utf8'));
  return pages.flatMap((page) =>
    linksOf(read(page)).flatMap((link) => {
      const inRepository = link.replace(ON_GITHUB, '/');
      if (/^(?:[a-z]+:|__)/.test(inRepository)) return [];
      const [path = '', heading] = inRepository.split('#');
      const target = targetsOf(page, path).find((each) => existsSync(join(root, each)));
      if (target === undefined) return [`${page}: the link ${link} leads to no file.`];
      if (heading === undefined || !target.endsWith('.md') || headingsOf(read(target)).has(heading))
        return [];
      return [`${page}: the link ${link} leads to no heading of ${target}.`];
    }),
  );
}

function targetsOf(page: string, path: string): string[] {
  if (path === '') return [page];
  if (path.startsWith('/')) return [path.slice(1)];
  // The template is a created project's root, which has the folder services/ of this repository.
  return [page, page.replace(TEMPLATE, '')].map((from) => normalize(join(from, '..', path)));
}

function linksOf(markdown: string): string[] {
  return [...markdown.replace(/`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
}

/** The names by which GitHub links to the headings. */
function headingsOf(markdown: string): Set<string> {
  const slugger = new GithubSlugger();
  const headings = [...markdown.matchAll(/^#{1,6} (.+)$/gm)].map(([, text = '']) => text);
  return new Set(headings.map((text) => slugger.slug(text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1'))));
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^( *)```[\s\S]*?^\1```$/gm, '');
}
