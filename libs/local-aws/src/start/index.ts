export { storedZip } from '../services/lambda/code/stored-zip.ts';
export { unzip } from '../services/lambda/code/unzip.ts';
export { fileInZip, withFileInZip } from '../services/lambda/code/zip-files.ts';
export type { InspectOptions } from '../services/lambda/inspection/inspect-options.ts';
export { withFileUrls } from '../services/lambda/inspection/source-map-text.ts';
export { type Started, start, startOptions, suggest } from './start.ts';
