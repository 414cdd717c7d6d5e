export { storedZip } from '../services/lambda/code/stored-zip.ts';
export { createTemporaryFolder } from '../temporary/index.ts';
export { wrap } from '../trace/terminal.ts';
export * from './command-line.ts';
export { explain, localRendering, print, printAnswer, renderingWith } from './explain.ts';
export * from './explain-request.ts';
export { faultsCommand } from './faults.ts';
export { rootOf } from './root.ts';
export { type Started, start, startOptions, suggest } from './start.ts';
