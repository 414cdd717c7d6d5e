import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readServices } from '@cross-account-api/serverless-plugin';
import { parse } from 'yaml';
import { projectRoot } from './project.ts';

/** The name of the first caller's function in its serverless.yml. */
export const FIRST_FUNCTION = 'caller';

/** A function of the project, as a serverless.yml defines it. */
export interface ProjectFunction {
  /** Its name in serverless.yml. */
  readonly key: string;
  /** The text of the service's line `service:`. */
  readonly service: string;
  /** The folder of its service, from the project's root. */
  readonly folder: string;
  /** The module of its handler, without extension. @example 'src/whoami' */
  readonly module: string | undefined;
  /** Whether it has the property `calls`: our plugin names its role. */
  readonly calls: boolean;
  /** Its `name`, its variables not replaced. */
  readonly name: string | undefined;
  /** `iamRoleStatementsName`, its variables not replaced. */
  readonly roleName: string | undefined;
  /** The variable that has `iamRoleStatements`, e.g. `${self:custom.idempotency.iamRoleStatements}`. Absent if they are a list. */
  readonly statementsVariable: string | undefined;
}

/** Reads the functions of all services. */
export function readFunctions(root = projectRoot()): ProjectFunction[] {
  const { all, api } = readServices(root);
  const services = all === undefined ? [api].filter((one) => one !== undefined) : [...all.values()];
  return services.flatMap(({ name: service, folder }) => {
    const text = readFileSync(join(root, folder, 'serverless.yml'), 'utf8');
    const document: unknown = parse(text, { logLevel: 'silent', merge: true });
    return Object.entries(membersOf(membersOf(document).functions)).map(([key, definition]) => {
      const {
        handler,
        calls,
        name,
        iamRoleStatementsName: roleName,
        iamRoleStatements: statements,
      } = membersOf(definition);
      return {
        key,
        service,
        folder,
        module: textOf(handler)?.replace(/\.[^./]+$/, ''),
        calls: calls !== undefined,
        name: textOf(name),
        roleName: textOf(roleName),
        statementsVariable: textOf(statements),
      };
    });
  });
}

/** The name of a function in Lambda, as the framework makes it. @returns `undefined` if it depends on other variables than service and stage */
export function deployedName(
  { service, key, name }: Pick<ProjectFunction, 'service' | 'key' | 'name'>,
  stage: string,
): string | undefined {
  const replaced = (name ?? `${service}-${stage}-${key}`)
    .replaceAll(/\$\{self:service\}/g, service)
    .replaceAll(/\$\{(?:sls:stage|self:provider\.stage|opt:stage(?:, ?[^{}]*)?)\}/g, stage);
  return replaced.includes('${') ? undefined : replaced;
}

/**
 * Whether the templates of a service, serverless.yml and resources/*.yml, define a resource.
 * @param folder of the service, from the project's root
 * @param logicalId e.g. `MessagesTable`
 */
export function definesResource(folder: string, logicalId: string, root = projectRoot()): boolean {
  return ['serverless.yml', ...resourceFiles(join(root, folder))].some((file) =>
    readFileSync(join(root, folder, file), 'utf8')
      .split('\n')
      .some((line) => line.trim() === `${logicalId}:`),
  );
}

function resourceFiles(folder: string): string[] {
  try {
    return readdirSync(join(folder, 'resources'))
      .filter((name) => name.endsWith('.yml'))
      .map((name) => `resources/${name}`);
  } catch {
    return [];
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
