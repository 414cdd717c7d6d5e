export {
  endMarkedFamily,
  findMarkedFamily,
  PROCESS_MARK,
  type ProcessFamily,
  signalFamily,
  signalProcess,
} from './marked-processes.ts';
export { removeTree } from './remove-folder.ts';
export { isStorageFailure, StorageFailures } from './storage-failure.ts';
export { createTemporaryFolder, removeAbandonedFolders, type TemporaryFolder } from './temporary-folder.ts';
