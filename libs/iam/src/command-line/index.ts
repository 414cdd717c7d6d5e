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
export {
  type ExplainRequest,
  explainOptions,
  readExplainRequest,
  stateOption,
  type Wanted,
} from './explain-options.ts';
export { print, printAnswer, renderingWith } from './print.ts';
export { areKeysInvalid, ProfileFailure, type Profiles, profileFailure } from './profile-failure.ts';
export {
  type Assumptions,
  type Question,
  questionOptions,
  readAssumptions,
  readQuestion,
} from './question-options.ts';
