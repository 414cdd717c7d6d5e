export type { Argument, Command, Option, Options, OptionValues } from './command.ts';
export {
  INTERRUPTED,
  listenForInterruption,
  readNumber,
  runCommand,
  type TerminalPalette,
  terminalPalette,
  terminalWidth,
  UsageError,
} from './command-line.ts';
export { argumentsOf, exitCodesOf, labelOf, withOptions } from './help.ts';
export { nearest } from './nearest.ts';
export { packageFile, packageVersion } from './package-version.ts';
export { print } from './print.ts';
export { areKeysInvalid, ProfileFailure, type Profiles, profileFailure } from './profile-failure.ts';
