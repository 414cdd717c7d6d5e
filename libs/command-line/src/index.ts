export {
  type Argument,
  type Command,
  INTERRUPTED,
  listenForInterruption,
  type Option,
  type Options,
  type OptionValues,
  readNumber,
  runCommand,
  type TerminalPalette,
  terminalPalette,
  terminalWidth,
  UsageError,
  withOptions,
} from './command-line.ts';
export { packageVersion } from './package-version.ts';
export { print } from './print.ts';
export { areKeysInvalid, ProfileFailure, type Profiles, profileFailure } from './profile-failure.ts';
