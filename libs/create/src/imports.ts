/** An import statement at the start of a line. */
const IMPORT = /^import (type )?(?:\{([^}]*)\}|(\w+)|(\* as \w+)) from '([^']+)';\n/gm;

/** One import statement. */
interface Import {
  readonly typesOnly: boolean;
  /** `undefined` for a default or namespace import, which does not change. */
  readonly names: readonly string[] | undefined;
  readonly from: string;
  readonly text: string;
}

/**
 * Imports some names of a module from elsewhere. The result has the formatter's order and form.
 * @param moduleOf where a name comes from now
 * @example redirectImports("import { a, b } from 'x';\n", (from, name) => (name === 'a' ? 'y' : from))
 * // "import { b } from 'x';\nimport { a } from 'y';\n"
 */
export function redirectImports(code: string, moduleOf: (from: string, name: string) => string): string {
  const found: Import[] = [...code.matchAll(IMPORT)].map(([text, type, names, _name, _all, from = '']) => ({
    typesOnly: type !== undefined,
    names: names?.split(',').flatMap((name) => name.trim() || []),
    from,
    text,
  }));
  const changed = found.some(({ from, names = [] }) =>
    names.some((name) => moduleOf(from, plain(name)) !== from),
  );
  if (!changed) return code;
  const start = code.search(IMPORT);
  const rest = code.slice(0, start) + code.slice(start).replaceAll(IMPORT, '');
  return rest.slice(0, start) + render(found, moduleOf) + rest.slice(start);
}

function render(found: readonly Import[], moduleOf: (from: string, name: string) => string): string {
  const kept: { readonly from: string; readonly text: string }[] = [];
  const named = new Map<string, { readonly names: string[]; typesOnly: boolean }>();
  for (const { names, from, text, typesOnly } of found) {
    if (names === undefined) kept.push({ from, text });
    for (const name of names ?? []) {
      const target = moduleOf(from, plain(name));
      const entry = named.get(target) ?? { names: [], typesOnly: true };
      entry.names.push(typesOnly ? `type ${name}` : name);
      entry.typesOnly &&= typesOnly || name.startsWith('type ');
      named.set(target, entry);
    }
  }
  const rendered = [...named].map(([from, { names, typesOnly }]) => {
    const sorted = names.toSorted((a, b) => compare(plain(a), plain(b)));
    return { from, text: statement(typesOnly, typesOnly ? sorted.map(plain) : sorted, from) };
  });
  return [...kept, ...rendered]
    .toSorted((a, b) => rank(a.from) - rank(b.from) || compare(a.from, b.from))
    .map(({ text }) => text)
    .join('');
}

/** In the form of the formatter: on one line, if it has room. */
function statement(typesOnly: boolean, names: readonly string[], from: string): string {
  const start = typesOnly ? 'import type' : 'import';
  const line = `${start} { ${names.join(', ')} } from '${from}';\n`;
  // The limit of biome.json, and the line break.
  if (line.length <= 111) return line;
  return `${start} {\n${names.map((name) => `  ${name},\n`).join('')}} from '${from}';\n`;
}

/** Node's modules come first, then packages, then the files of the project. */
function rank(from: string): number {
  if (from.startsWith('node:')) return 0;
  return from.startsWith('.') ? 2 : 1;
}

function compare(a: string, b: string): number {
  const [low, other] = [a.toLowerCase(), b.toLowerCase()];
  return low < other ? -1 : low > other ? 1 : a < b ? -1 : 1;
}

function plain(name: string): string {
  return name.replace(/^type /, '');
}
