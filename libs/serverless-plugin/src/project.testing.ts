import { type Project, readStageSettings, type StageSettings, settingsOfService } from './settings/read.ts';
import type { ProjectService } from './settings/services.ts';

const functions = ['-parcels', '-sender'];

/** Two services. */
export const depotApi: ProjectService = {
  name: 'depot',
  folder: 'services/api',
  functions,
  roles: functions,
  calls: new Map(),
  openRoutes: [],
};
export const shopCaller: ProjectService = {
  name: 'shop',
  folder: 'services/caller',
  functions: [''],
  roles: [],
  calls: new Map([['caller', ['api']]]),
  openRoutes: [],
};

/**
 * A project with a text of services/stages.yml and both services.
 * @param further services by their names in serverless-compose.yml
 */
export function projectWith(stages: string, further: Readonly<Record<string, ProjectService>> = {}): Project {
  const services = { api: depotApi, caller: shopCaller };
  const all = new Map(Object.entries({ ...services, ...further }));
  return { readStages: () => stages, readServices: () => ({ ...services, all }) };
}

/**
 * The settings of stage `dev` for the first caller's service.
 * @param stages the text of services/stages.yml
 */
export function settingsOfCaller(stages: string, region?: string): StageSettings {
  const project = projectWith(stages);
  return settingsOfService(readStageSettings('dev', project, region), {
    stage: 'dev',
    root: '/project',
    serviceDir: `/project/${shopCaller.folder}`,
    services: project.readServices(),
  });
}
