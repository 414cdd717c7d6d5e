export {
  endMarkedProcesses,
  endProcessGroup,
  linuxDescendantsOf,
  PROCESS_MARK,
  signalProcess,
} from './marked-processes.ts';
export { isStorageFailure, StorageFailures } from './storage-failure.ts';
export { createTemporaryFolder, removeAbandonedFolders, type TemporaryFolder } from './temporary-folder.ts';
