import { posix } from 'node:path';
import { replaceIn } from './edit.ts';
import { LIBRARIES, manifestIn } from './manifests.ts';
import type { Sources } from './sources.ts';

/** What a page says of this repository only, by page. */
const OF_THIS_REPOSITORY: Readonly<Record<string, readonly (readonly [what: RegExp, by: string])[]>> = {
  'services/README.md': [
    [/^\[日本語\]\(README\.ja\.md\)\n\n/m, ''],
    [/\n`npm run conformance .*?and asks\./s, ''],
    [
      / `npm run bench -- --bill` counts\nbytes and writes on local AWS\./,
      ' Bytes and writes were\ncounted on local AWS.',
    ],
  ],
  'services/COOKBOOK.md': [[/ This page is generated from \[its sources\]\([^)]*\)\./, '']],
  'services/RECIPES.md': [
    [/ In a project of `npm run create`, your scope replaces [^.]*\./, ''],
    [/ in such a project the first test/, ' the first test'],
  ],
};

/** Removes from a page what a project does not have. */
export function withoutThisRepository(page: string, text: string): string {
  const withoutMarks = text.replaceAll(/^<!-- (?:Made by npm run generate|scripts\/[^\n]*) -->\n+/gm, '');
  return (OF_THIS_REPOSITORY[page] ?? []).reduce(
    (edited, [what, by]) => replaceIn(page, edited, what, by),
    withoutMarks,
  );
}

/** A fenced block, inline code, or a relative link. Code may look like a link: `handlers[name](event)`. */
const LINK_OR_CODE = /^( *)```[\s\S]*?^\1```$|`[^`\n]*`|\[([^\]\n]*)\]\(([^)\s#:]+)(#[^)\s]*)?\)/gm;

/**
 * Makes each relative link of a page lead to a file of the project, or of an installed package. A link to any other file becomes its text.
 * @param page its path in the project
 * @param files the paths of the project
 */
export function linksWithin(sources: Sources, page: string, text: string, files: readonly string[]): string {
  return text.replaceAll(LINK_OR_CODE, (whole, _fence, label, path, heading = '') => {
    if (path === undefined) return whole;
    const target = posix.join(posix.dirname(page), path).replace(/\/$/, '');
    const installed = installedPath(sources, target);
    if (installed !== undefined) {
      return `[${label}](${posix.relative(posix.dirname(page), installed)}${heading})`;
    }
    const exists = files.some((file) => file === target || file.startsWith(`${target}/`));
    return exists ? whole : label;
  });
}

/** Where npm installs a file of a library, if the package has it. */
function installedPath(sources: Sources, path: string): string | undefined {
  const [, library = '', inside = 'README.md'] = /^libs\/([\w-]+)(?:\/(.+))?$/.exec(path) ?? [];
  if (sources[`libs/${library}/package.json`] === undefined || library === 'create') return undefined;
  const { files = [] } = manifestIn(sources, `libs/${library}`);
  const isPacked = inside === 'README.md' || files.includes(inside);
  return isPacked ? `node_modules/${LIBRARIES}${library}/${inside}` : undefined;
}
