import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';

/** The size of a project that has grown. */
export interface Growth {
  /** The number of its routes. Five of them are those of one kind of item: list, create, read, replace and delete. */
  readonly routes: number;
  /** `route`: each route has a function. `path`: the routes of a path share one. `item`: the five routes of a kind of item share one. */
  readonly functionFor: 'route' | 'path' | 'item';
  /** The number of its callers, the first included. */
  readonly callers?: number;
}

interface GrownRoute {
  readonly method: string;
  readonly path: string;
  readonly operation: string;
}

/** The five routes of a kind of item. */
function routesOf(item: string): readonly GrownRoute[] {
  const [all, one] = [`/${item}`, `/${item}/{id}`];
  return [
    { method: 'GET', path: all, operation: `list${item}` },
    { method: 'POST', path: all, operation: `create${item}` },
    { method: 'GET', path: one, operation: `get${item}` },
    { method: 'PUT', path: one, operation: `put${item}` },
    { method: 'DELETE', path: one, operation: `delete${item}` },
  ];
}

/** The routes of a project that has grown. */
export function grownRoutes(count: number): readonly GrownRoute[] {
  return Array.from({ length: Math.ceil(count / 5) }, (_, index) => routesOf(`items${index}`))
    .flat()
    .slice(0, count);
}

/** The functions of a project that has grown, each with its routes. */
function functionsOf({ routes, functionFor }: Growth): ReadonlyMap<string, readonly GrownRoute[]> {
  const keys = {
    route: ({ operation }: GrownRoute) => operation,
    path: ({ path }: GrownRoute) => path.replace('/{id}', 'One').slice(1),
    item: ({ path }: GrownRoute) => String(path.split('/')[1]),
  };
  return Map.groupBy(grownRoutes(routes), keys[functionFor]);
}

/** Copies the pair of the tests, and gives it as many routes and callers as asked for. The stage is `local`. */
export async function copyGrownProject(growth: Growth): Promise<ProjectCopy> {
  const project = await copyPairProject();
  const api = join(project.root, 'services/api');
  const functions = functionsOf(growth);
  await rm(join(api, 'src'), { recursive: true });
  await mkdir(join(api, 'src'));
  const routes = grownRoutes(growth.routes);
  await writeFile(
    join(api, 'src/operations.ts'),
    `import { operation } from '@cross-account-api/contract';
import * as v from 'valibot';

const response = v.object({ route: v.string(), account: v.string() });

export const operations = {
${routes.map((each) => `  ${each.operation}: operation(${declared(each)}),`).join('\n')}
};
`,
  );
  for (const [name, served] of functions) await writeFile(join(api, `src/${name}.ts`), handlerOf(served));
  const file = join(api, 'serverless.yml');
  const yml = parseDocument(await readFile(file, 'utf8'));
  yml.set(
    'functions',
    Object.fromEntries([...functions].map(([name, served]) => [name, definition(name, served)])),
  );
  await writeFile(file, yml.toString({ lineWidth: 0 }));
  const contract = join(project.root, 'services/contract/openapi.json');
  const document = JSON.parse(await readFile(contract, 'utf8'));
  await writeFile(contract, JSON.stringify({ ...document, paths: pathsOf(routes) }));
  const caller = join(project.root, 'services/caller/src/caller.ts');
  const code = await readFile(caller, 'utf8');
  // No route remembers keys.
  await writeFile(caller, code.replace("'postParcel'", "'listitems0'").replace('? usualKey', '? undefined'));
  await writeFile(
    join(project.root, 'services/stages.yml'),
    JSON.stringify({ local: { callers: callersOf(growth) } }),
  );
  return project;
}

function declared({ method, path }: GrownRoute): string {
  const parameters = path.includes('{id}') ? 'pathParameters: v.object({ id: v.string() }), ' : '';
  return `{ method: '${method}', path: '${path}', summary: 'A route.', ${parameters}response, status: 200 }`;
}

function handlerOf(routes: readonly GrownRoute[]): string {
  const one = ({ method, path, operation }: GrownRoute) =>
    `apiHandler(operations.${operation}, ({ caller: { accountId } }) => ({ body: { route: '${method} ${path}', account: accountId } }))`;
  const [first] = routes;
  const isOne = first !== undefined && routes.length === 1;
  return `import { apiHandler${isOne ? '' : ', apiHandlers'} } from '@cross-account-api/api-handler';
import { operations } from './operations.ts';

export const handler = ${isOne ? one(first) : `apiHandlers(\n  ${routes.map(one).join(',\n  ')},\n)`};
`;
}

function definition(name: string, routes: readonly GrownRoute[]) {
  return {
    handler: `src/${name}.handler`,
    events: routes.map(({ method, path }) => ({ http: { method, path, authorizer: 'aws_iam' } })),
    iamRoleStatementsName: `\${self:service}-\${sls:stage}-${name}\${self:custom.settings.roleSuffix}`,
    iamRoleStatements: [],
  };
}

function pathsOf(routes: readonly GrownRoute[]) {
  const operation = ({ operation: operationId }: GrownRoute) => ({
    operationId,
    responses: { 200: { description: 'Done.' } },
  });
  return Object.fromEntries(
    [...Map.groupBy(routes, ({ path }) => path)].map(([path, of]) => [
      path,
      Object.fromEntries(of.map((route) => [route.method.toLowerCase(), operation(route)])),
    ]),
  );
}

function callersOf({ callers = 1 }: Growth) {
  const names = Array.from({ length: callers - 1 }, (_, index) => `team-${index + 2}`);
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        accountId: '333333333333',
        roleName: `service-of-${name}`,
        externalId: `id-of-${name}`,
        routes: ['GET /items0'],
      },
    ]),
  );
}
