import { redirectImports } from './imports.ts';

const toOwn = (from: string, name: string) => (from === 'lib' && name.startsWith('own') ? '@my/own' : from);

test('names that come from elsewhere get a separate statement, in the order of the formatter', () => {
  const code = `import { once } from 'node:events';
import { type Far, near, ownOne } from 'lib';
import * as v from 'valibot';
import { here } from './here.ts';

export const all = [once, near, ownOne, v, here];
`;
  expect(redirectImports(code, toOwn)).toBe(`import { once } from 'node:events';
import { ownOne } from '@my/own';
import { type Far, near } from 'lib';
import * as v from 'valibot';
import { here } from './here.ts';

export const all = [once, near, ownOne, v, here];
`);
});

test('types alone are imported as types, and a list that is too long for a line has a line for each name', () => {
  const names = Array.from({ length: 12 }, (_, index) => `ownName${String(index).padStart(2, '0')}`);
  const code = `import type { ownType } from 'lib';\nimport { ${names.join(', ')} } from 'x';\n`;
  expect(redirectImports(code, toOwn)).toContain("import type { ownType } from '@my/own';\n");
  expect(redirectImports(code, (from) => (from === 'x' ? 'y' : from))).toContain(
    `import {\n${names.map((name) => `  ${name},\n`).join('')}} from 'y';\n`,
  );
});

test('a module without such names does not change', () => {
  const code = "import b from 'b';\nimport { a } from 'a';\n";
  expect(redirectImports(code, toOwn)).toBe(code);
});
