import { SettingsError } from '@cross-account-api/serverless-plugin';
import { readStage, stageNames } from '../project/stage-settings.ts';
import { type PolicyScope, stagePermissions } from './stage-permissions.ts';

/**
 * A policy for the profiles of both accounts, to explain a stage of this project on real AWS.
 * @param stage `*` for all stages
 * @throws SettingsError if a service of this repository has no name that can be read
 */
export function requiredPermissions(stage: string): ReturnType<typeof stagePermissions> {
  return stagePermissions(stage, scopeOf(stage));
}

/** The names of a stage and the settings of its roles; the defaults if it has no valid settings. */
export function scopeOf(stage: string): PolicyScope {
  const names = stageNames(stage);
  try {
    return { ...readStage(stage), ...names };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { partition: 'aws', callerRoleNames: [names.caller], callers: [], ...names };
  }
}
