const PRELIMINARIES =
  /^#set\(\$origin = \$input\.params\("Origin"\)\)\s+#if\(\$origin == ""\) #set\(\$origin = \$input\.params\("origin"\)\) #end\s+#if\((.{1,20000})\)\s+#set\(\$context\.responseOverride\.header\.Access-Control-Allow-Origin = \$origin\) #end\s*$/s;
const MATCH = /^\$origin\.matches\("([^"\\]{1,500})"\)$/;

/**
 * Recognizes the one mapping template with expressions that the Serverless Framework generates: the answer to a
 * preflight request for which several origins are allowed (`cors: { origins: [...] }`).
 * @returns the patterns of allowed origins; `undefined` for any other template
 */
export function allowedOriginsOf(template: string): readonly RegExp[] | undefined {
  const conditions = PRELIMINARIES.exec(template)?.[1]?.split(' || ');
  if (conditions === undefined) return undefined;
  const patterns: RegExp[] = [];
  for (const condition of conditions) {
    const pattern = MATCH.exec(condition)?.[1];
    if (pattern === undefined) return undefined;
    patterns.push(new RegExp(`^${translate(pattern)}$`));
  }
  return patterns;
}

/** The framework writes `[.]` for a dot and `.+` for `*`; all else is literal. */
function translate(pattern: string): string {
  return pattern
    .split(/(\[\.\]|\.\+)/)
    .map((part) =>
      part === '[.]' ? '\\.' : part === '.+' ? '.+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('');
}
