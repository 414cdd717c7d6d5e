import type { OpenApiDocument } from '../../project/contract.ts';

/**
 * Removes from an OpenAPI document the routes that a caller may not use, and adds the API's URL.
 * @param routes e.g. `['GET /whoami']`
 */
export function restrictDocument(
  document: OpenApiDocument,
  routes: readonly string[],
  url: string,
): OpenApiDocument {
  const paths: Record<string, OpenApiDocument['paths'][string]> = {};
  for (const [path, operations] of Object.entries(document.paths)) {
    const kept = Object.entries(operations).filter(([method]) =>
      routes.includes(`${method.toUpperCase()} ${path}`),
    );
    if (kept.length > 0) paths[path] = Object.fromEntries(kept);
  }
  const { schemas, ...components } = document.components;
  const used = schemasOf(paths, schemas);
  return {
    ...document,
    servers: [{ url }],
    paths,
    components: {
      ...components,
      schemas: Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name))),
    },
  };
}

/** The names of the schemas to which a part refers, directly or through other schemas. */
function schemasOf(part: object, schemas: OpenApiDocument['components']['schemas']): ReadonlySet<string> {
  const used = new Set<string>();
  const collect = (from: object): void => {
    for (const [, name = ''] of JSON.stringify(from).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      collect(schemas[name] ?? {});
    }
  };
  collect(part);
  return used;
}
