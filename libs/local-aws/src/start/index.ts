export { storedZip } from '../services/lambda/code/stored-zip.ts';
export { type Started, start, startOptions, suggest } from './start.ts';
