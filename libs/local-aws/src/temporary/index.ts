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
export {
  checkTemporaryFolders,
  createTemporaryFolder,
  removeAbandonedFolders,
  type TemporaryFolder,
  TemporaryFolderError,
} from './temporary-folder.ts';
