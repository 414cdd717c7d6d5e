import { writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { Browser } from 'playwright-core';
import { withPngText } from './png-text.ts';

/** Both accounts side by side, in letters that are readable when a README shows the picture at two thirds of its size. */
const viewport = { width: 1280, height: 900 };

/**
 * Takes two pictures of the map in a saved console: one for light pages, and one for dark ones. Each names in its description what it
 * shows, for {@link nodesOf}.
 * @param page the saved console
 * @param file the file of the first, e.g. `map.png`; the second is `map-dark.png`
 */
export async function takePictures(browser: Browser, page: string, file: string): Promise<void> {
  const { dir, name, ext } = parse(file);
  const pictures = [
    ['light', file],
    ['dark', join(dir, `${name}-dark${ext}`)],
  ] as const;
  for (const [colorScheme, path] of pictures) {
    const tab = await browser.newPage({ viewport, colorScheme, deviceScaleFactor: 1.5 });
    await tab.setContent(page);
    await tab.locator('.arrow.used').first().waitFor();
    const picture = await tab.locator('.map').screenshot();
    await writeFile(path, withPngText(picture, DESCRIPTION, nodesOf(page)));
  }
}

/** The keyword of a PNG's text that describes the picture. */
export const DESCRIPTION = 'Description';

/** The functions, roles, routes and tables of the map in a saved console, e.g. `function messages`, one a line. */
export function nodesOf(page: string): string {
  const [, recording = '{}'] =
    /<script type="application\/json" id="recording">(.*?)<\/script>/s.exec(page) ?? [];
  const { map } = JSON.parse(recording) as {
    readonly map?: { readonly nodes: readonly { kind: string; name: string; logicalName?: string }[] };
  };
  return (map?.nodes ?? [])
    .filter(({ kind }) => kind !== 'user')
    .map(({ kind, name, logicalName = name }) => `${kind} ${logicalName}`)
    .toSorted()
    .join('\n');
}
