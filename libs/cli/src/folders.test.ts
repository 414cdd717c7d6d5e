import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What no module of a folder may import. Commands use the other folders, a stage fills in a call, and a call knows of neither. */
const forbidden: Readonly<Record<string, readonly string[]>> = {
  aws: ['call', 'project', 'stage', 'probes', 'commands'],
  call: ['project', 'stage', 'probes', 'commands'],
  project: ['stage', 'probes', 'commands'],
  stage: ['probes', 'commands'],
  probes: ['stage', 'commands'],
};

test.each(Object.entries(forbidden))('no module of %s/ imports one of %j', (folder, others) => {
  const files = globSync(`${folder}/**/*.ts`, { cwd: __dirname }).filter(
    (file) => !/\.(test|testing)\.ts$/.test(file),
  );
  expect(files.length).toBeGreaterThan(5);
  const imports = files.flatMap((file) =>
    [...readFileSync(join(__dirname, file), 'utf8').matchAll(/(?:from |import\()'(\.[^']+)'/g)].map(
      ([, specifier = '']) => ({ file, imported: join(dirname(file), specifier) }),
    ),
  );
  expect(imports.filter(({ imported }) => others.includes(imported.split('/')[0] ?? ''))).toEqual([]);
});
