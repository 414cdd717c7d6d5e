import { readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { propertiesOf } from '../properties.ts';
import { routeEventsOf } from '../routes/route-events.ts';
import { SettingsError } from './error.ts';

const COMPOSE_FILE = 'serverless-compose.yml';

/** The names of the two services in serverless-compose.yml. Without that file, the API is still found. */
const API = 'api';
const CALLER = 'caller';
const API_FOLDER = 'services/api';

/** A service of the project. All names of a stage follow from its name. */
export interface ProjectService {
  /** The text of the line `service:` of its serverless.yml. */
  readonly name: string;
  /** Its folder, from the project's root. @example 'services/api' */
  readonly folder: string;
  /** The suffixes of its functions' names, after `<service>-<stage>`. @example ['-messages'] */
  readonly functions: readonly string[];
  /** The suffixes of its roles' names. */
  readonly roles: readonly string[];
  /** The APIs that its functions call, by the functions' names in serverless.yml: their property `calls`. */
  readonly calls: ReadonlyMap<string, readonly string[]>;
  /** The routes that its events declare with `open: true`: callers without IAM may call them. */
  readonly openRoutes: readonly string[];
}

/** The services of a project. */
export interface ProjectServices {
  /** The service that has the API. `undefined` if it is in another project. */
  readonly api: ProjectService | undefined;
  /** The first caller's service. `undefined` if it is in another project. */
  readonly caller: ProjectService | undefined;
  /** The services of serverless-compose.yml by their names there. `undefined` without that file. */
  readonly all: ReadonlyMap<string, ProjectService> | undefined;
}

/**
 * Reads the names of a project's services: serverless-compose.yml names their folders, and the line `service:` of
 * each serverless.yml has the name. Reads the files as text, because the name of a caller's role must be known where only the
 * API is deployed.
 * @param root the absolute path of the folder with serverless-compose.yml
 * @throws SettingsError if a line `service:` has no name that can be read
 */
export function readServices(root: string): ProjectServices {
  const folders = readComposeFile(root);
  if (folders === undefined) {
    return { api: readService(root, API_FOLDER), caller: undefined, all: undefined };
  }
  const all = new Map<string, ProjectService>();
  for (const [composeName, folder] of folders) {
    const service = readService(root, folder);
    if (service !== undefined) all.set(composeName, service);
  }
  return { api: all.get(API), caller: all.get(CALLER), all };
}

/** @returns the folders of the services by their names; `undefined` without the file */
function readComposeFile(root: string): ReadonlyMap<string, string> | undefined {
  const text = readIfThere(join(root, COMPOSE_FILE));
  if (text === undefined) return undefined;
  const { services } = propertiesOf(read(COMPOSE_FILE, text).document.toJS());
  return new Map(
    Object.entries(propertiesOf(services)).flatMap(([composeName, service]) => {
      const { path } = propertiesOf(service);
      return typeof path === 'string' ? [[composeName, normalize(path).replace(/\/$/, '')]] : [];
    }),
  );
}

function readService(root: string, folder: string): ProjectService | undefined {
  const file = `${folder}/serverless.yml`;
  const text = readIfThere(join(root, file));
  if (text === undefined) return undefined;
  const { document, lineOf } = read(file, text);
  const name: unknown = document.get('service');
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/i.test(name)) {
    const line = lineOf(document.get('service', true));
    const problem =
      name === undefined
        ? 'has no line "service:"'
        : `has "service: ${String(name)}", ${/\$\{/.test(String(name)) ? 'which has a variable' : 'which is no name'}`;
    throw new SettingsError(
      `${file}${line === undefined ? '' : `, line ${line},`} ${problem}. Write a name there that begins with a letter and has only letters, digits and hyphens: the names of the roles in both accounts follow from it, and are needed where the service itself is not deployed.`,
    );
  }
  const { functions } = propertiesOf(document.toJS());
  const definitions = Object.entries(propertiesOf(functions)).map(
    ([key, value]) => [key, propertiesOf(value)] as const,
  );
  return {
    name,
    folder,
    functions: definitions.flatMap(([key, value]) => suffixOf(value.name, `-${key}`)),
    openRoutes: routeEventsOf(functions).flatMap(({ route, isOpen }) => (isOpen ? [route] : [])),
    calls: new Map(
      definitions.flatMap(([key, { calls }]) => (Array.isArray(calls) ? [[key, calls.map(String)]] : [])),
    ),
    roles: definitions.flatMap(([, value]) => suffixOf(value.iamRoleStatementsName, undefined)),
  };
}

/** The suffix of a name, after service and stage. Empty for a name of another form. */
function suffixOf(name: unknown, byDefault: string | undefined): string[] {
  if (name === undefined) return byDefault === undefined ? [] : [byDefault];
  const [, rest = '$'] = /^\$\{self:service\}-\$\{sls:stage\}(.*)$/.exec(String(name)) ?? [];
  const suffix = rest.replace(/\$\{self:custom\.settings\.roleSuffix\}$/, '');
  return suffix.includes('$') ? [] : [suffix];
}

/** Parses YAML. A tag of CloudFormation is replaced by its argument. */
function read(file: string, text: string) {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent', merge: true });
  const [error] = document.errors;
  if (error !== undefined) throw new SettingsError(`${file} cannot be read: ${error.message}`);
  const lineOf = (node: unknown): number | undefined => {
    const start = isNode(node) ? node.range?.[0] : undefined;
    return start === undefined ? undefined : lines.linePos(start).line;
  };
  return { document, lineOf };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (propertiesOf(error).code === 'ENOENT') return undefined;
    throw error;
  }
}
