export { abbreviateArns, shorten, type TerminalOptions, wrap } from './terminal.ts';
export {
  indent,
  type Lines,
  lines,
  type Palette,
  plainPalette,
  quoteForShell,
  withoutCapital,
} from './text.ts';
