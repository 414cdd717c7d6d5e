import { pairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';

const names = stageNames('local', pairProject);

/** The stage of the API that a run deploys: the pair of the tests, whatever routes services/ has. */
export const API = names.api;

/** The caller function. */
export const CALLER = names.caller;

/** The function of the API that executes messages. */
export const EXECUTOR = `${API}-parcels`;
