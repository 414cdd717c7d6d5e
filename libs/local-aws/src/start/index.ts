export { sendSourceMap } from '../framework-plugin/source-maps.ts';
export { storedZip } from '../services/lambda/code/stored-zip.ts';
export { unzip } from '../services/lambda/code/unzip.ts';
export { fileInZip, withFileInZip } from '../services/lambda/code/zip-files.ts';
export { type Started, start, startOptions, suggest } from './start.ts';
