import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  nameOf,
  projectIn,
  readServices,
  readStageSettings,
  SettingsError,
  type StageSettings,
} from '@cross-account-api/serverless-plugin';
import { parse } from 'yaml';
import { projectRoot } from './project.ts';

/**
 * Reads a stage's settings in this repository's services/stages.yml.
 * @throws SettingsError
 */
export function readStage(stage: string): StageSettings {
  return readStageSettings(stage, projectIn(join(projectRoot(), 'services')));
}

/**
 * The entry of stage `local` in services/stages.yml, without defaults.
 * @param root of the project
 */
export function ownLocalSettings(root = projectRoot()): Readonly<Record<string, unknown>> {
  const file = join(root, 'services/stages.yml');
  // An empty file is null.
  const stages: { readonly local?: object } | null = existsSync(file)
    ? parse(readFileSync(file, 'utf8'))
    : null;
  return { ...stages?.local };
}

/** The IDs of the accounts that a stage's settings name. */
export function accountsOfStage({
  apiAccountId,
  callerAccountId,
  callers,
  apis,
}: Pick<StageSettings, 'apiAccountId' | 'callerAccountId' | 'callers' | 'apis'>): readonly string[] {
  const ids = [apiAccountId, callerAccountId, ...[...callers, ...apis].map(({ accountId }) => accountId)];
  // The entry of an API may name no account.
  return [...new Set(ids.filter((id) => id !== ''))];
}

/**
 * The names of both services in a stage, from the lines `service:`. A service's stack has this name. Its roles and
 * functions begin with it.
 * @param stage `*` for all stages
 * @param root of the project, or of a copy
 * @throws SettingsError if a service or its name is missing
 */
export function stageNames(
  stage: string,
  root = projectRoot(),
): { readonly api: string; readonly caller: string } {
  const { api, caller } = readServices(root);
  if (api === undefined || caller === undefined) {
    throw new SettingsError(
      `serverless-compose.yml must have the services "api" and "caller", each with a serverless.yml in its folder. ${api === undefined ? 'api' : 'caller'} is missing.`,
    );
  }
  return { api: nameOf(api, stage), caller: nameOf(caller, stage) };
}

/**
 * The routes of the project's API that events in its serverless.yml declare with `open: true`.
 * @param root of the project, or of a copy
 */
export function openRoutes(root = projectRoot()): readonly string[] {
  return readServices(root).api?.openRoutes ?? [];
}
