import { commandName } from '../../../core/command-name.ts';

/**
 * Why functions cannot run: they run on the Node of this process, which must be of the major version that they have on AWS.
 * @returns a message with the remedy; `undefined` if they can
 */
export function whyNotNode24(version = process.version, execPath = process.execPath): string | undefined {
  if (/^v24\./.test(version)) return undefined;
  return `Functions run on Node 24, as nodejs24.x does on AWS, but local AWS runs on Node ${version} (${execPath}). Install Node 24, or add it to the project (npm install --save-dev node@24). Then start local AWS again with ${commandName('start')}.`;
}
