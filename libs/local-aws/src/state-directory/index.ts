export type { Profile } from './aws-files.ts';
export { createStateDirectory, type Publication, type StateDirectory } from './create-state-directory.ts';
export {
  applyEnvironment,
  type EnvironmentChange,
  pointFunctionToLocalAws,
  pointSdkToLocalAws,
  pointToLocalAws,
  quoteForShell,
  type Target,
} from './environment.ts';
export { StateDirectoryError, type StateDirectoryErrorCode } from './errors.ts';
export { findRoot, projectRoot } from './find-root.ts';
export type { InstanceAccount, RunningInstance } from './instance.ts';
export { whyNotRealAws } from './local-endpoint.ts';
export { type NotRunningReason, readStateDirectory, type StateReading } from './read-state-directory.ts';
export { ROOT_VARIABLE, STATE_DIRECTORY, type StateFiles, stateFiles } from './state-files.ts';
