import type { Project } from './settings/read.ts';
import type { ProjectService } from './settings/services.ts';

const functions = ['-messages', '-whoami'];

/** The services of this repository. */
export const sampleApi: ProjectService = {
  name: 'cross-account-api',
  folder: 'services/api',
  functions,
  roles: functions,
};
export const sampleCaller: ProjectService = {
  name: 'cross-account-caller',
  folder: 'services/caller',
  functions: [''],
  roles: [],
};

/**
 * A project with a text of services/stages.yml and the services of this repository.
 * @param further services by their names in serverless-compose.yml
 */
export function projectWith(stages: string, further: Readonly<Record<string, ProjectService>> = {}): Project {
  const services = { api: sampleApi, caller: sampleCaller };
  const all = new Map(Object.entries({ ...services, ...further }));
  return { readStages: () => stages, readServices: () => ({ ...services, all }) };
}
