export { isStorageFailure, StorageFailures } from './storage-failure.ts';
export { createTemporaryFolder, removeAbandonedFolders, type TemporaryFolder } from './temporary-folder.ts';
