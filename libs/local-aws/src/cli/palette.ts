import type { Palette } from '@cross-account-api/iam';
import pc from 'picocolors';

/** Colours for a terminal; plain text if the output is not a terminal or `NO_COLOR` is set. */
export const terminalPalette: Palette = {
  allowed: pc.green,
  denied: pc.red,
  strong: pc.bold,
  faint: pc.dim,
};

/** Columns of the terminal; 80 if the output is a file or a pipe, which may be read in a window of any width. */
export const terminalWidth = process.stdout.columns ?? 80;
