import { join } from 'node:path';
import { readStageSettings, type StageSettings, stagesIn } from '@cross-account-api/serverless-plugin';
import { projectRoot } from './project.ts';

/**
 * Reads a stage's settings in this repository's services/stages.yml.
 * @throws SettingsError
 */
export function readStage(stage: string): StageSettings {
  return readStageSettings(stage, stagesIn(join(projectRoot, 'services')));
}
