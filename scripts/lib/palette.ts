import type { Palette } from '@cross-account-api/local-aws';
import pc from 'picocolors';

/** Colours for a terminal; plain text where the output is no terminal or `NO_COLOR` is set. */
export const terminalPalette: Palette = {
  allowed: pc.green,
  denied: pc.red,
  strong: pc.bold,
  faint: pc.dim,
};

/** Columns of the terminal; 80 where the output is none, as a file or a pipe is read in a window of any width. */
export const terminalWidth = process.stdout.columns ?? 80;
