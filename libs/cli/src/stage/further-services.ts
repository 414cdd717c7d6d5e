import { join } from 'node:path';
import {
  type FurtherCaller,
  type ProjectService,
  type ProjectServices,
  type StageSettings,
  settingsOfService,
} from '@cross-account-api/serverless-plugin';

/** The service of a further caller, which this project deploys. */
export interface FurtherService {
  /** Its name in serverless-compose.yml. */
  readonly name: string;
  /** Its folder, from the project's root. */
  readonly folder: string;
  readonly service: ProjectService;
  /** The entry of `callers` that has the service alone. */
  readonly caller: FurtherCaller;
  /** Those of the stage for this service. */
  readonly settings: StageSettings;
}

/**
 * The services of the further callers of a stage.
 * @param root of the project
 */
export function furtherServices(
  stage: string,
  settings: StageSettings,
  root: string,
  services: ProjectServices,
): readonly FurtherService[] {
  return [...(services.all ?? [])].flatMap(([name, service]) => {
    const { folder } = service;
    const caller = settings.callers.find(
      ({ deployment }) => deployment?.folder === folder && deployment.function === undefined,
    );
    if (caller === undefined) return [];
    const of = { stage, root, serviceDir: join(root, folder), services };
    return [{ name, folder, service, caller, settings: settingsOfService(settings, of) }];
  });
}
