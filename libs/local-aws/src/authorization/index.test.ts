import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

test('other folders import authorization through its index only, in code that ships', async () => {
  const source = join(__dirname, '..');
  const files = (await readdir(source, { recursive: true })).filter(
    (file) => /\.ts$/.test(file) && !/\.test(ing)?\.ts$|^authorization\//.test(file),
  );
  const past: string[] = [];
  for (const file of files) {
    const imports = (await readFile(join(source, file), 'utf8')).matchAll(
      /from '[./]+authorization\/([^']+)'/g,
    );
    for (const [, entered] of imports) if (entered !== 'index.ts') past.push(`${file}: ${entered}`);
  }
  expect(files.length).toBeGreaterThan(100);
  expect(past).toEqual([]);
});
