export { createStateDirectory } from './create-state-directory.ts';
export {
  applyEnvironment,
  type EnvironmentChange,
  pointFunctionToLocalAws,
  pointSdkToLocalAws,
  pointToLocalAws,
  whyNotRealAws,
} from './environment.ts';
export {
  findRoot,
  projectRoot,
  type RunningInstance,
  readStateDirectory,
  startedWithout,
} from './read-state-directory.ts';
export { INSTANCE_VARIABLE, ROOT_VARIABLE, type StateFiles, stateFiles } from './state-files.ts';
