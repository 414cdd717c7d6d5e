import type { Project } from './settings/read.ts';
import type { ProjectService } from './settings/services.ts';

const functions = ['-parcels', '-sender'];

/** Two services. */
export const depotApi: ProjectService = {
  name: 'depot',
  folder: 'services/api',
  functions,
  roles: functions,
  openRoutes: [],
};
export const shopCaller: ProjectService = {
  name: 'shop',
  folder: 'services/caller',
  functions: [''],
  roles: [],
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
