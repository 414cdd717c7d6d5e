import { join, parse } from 'node:path';
import type { Browser } from 'playwright-core';

/** Both accounts side by side, in letters that are readable when a README shows the picture at two thirds of its size. */
const viewport = { width: 1280, height: 900 };

/**
 * Takes two pictures of the map in a saved console: one for light pages, and one for dark ones.
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
    await tab.locator('.map').screenshot({ path });
  }
}
