import type { Duplex } from 'node:stream';
import type { Holds } from '../../../core/holds.ts';
import type { Inspection } from '../runtime/programs.ts';
import { inspectorUrlIn, isInspectorLine } from './inspector-lines.ts';
import { watchPauses } from './watch-pauses.ts';

/** The time that an attached debugger has to leave when the process exits, in milliseconds. */
const DEBUGGER_EXIT_MS = 2_000;

/** The inspector of a process that has been started for a debugger. */
export type InspectedProcess = ReturnType<typeof inspectProcess>;

/**
 * Gives a process the source map of its function, and watches when a debugger holds it.
 * @param pipe from which the process reads the source map
 * @param process.output receives the lines of stderr that are the function's own
 * @param process.kill ends the process
 */
export function inspectProcess(
  { port, sourceMap, portTaken }: Inspection,
  pipe: Duplex,
  process: { readonly holds: Holds; output(line: string): void; kill(): void },
) {
  let endHold: (() => void) | undefined;
  let stopWatching: (() => void) | undefined;
  let exit: NodeJS.Timeout | undefined;
  pipe.on('error', () => {});
  // In any case: the process waits for the end.
  pipe.end(sourceMap === undefined ? '' : JSON.stringify(sourceMap));
  const held = (isHeld: boolean) => {
    endHold?.();
    endHold = isHeld ? process.holds.begin() : undefined;
    return process.holds.isHeld;
  };
  const waitsForDisconnect = () => {
    // Only some debuggers leave by themselves.
    exit = setTimeout(process.kill, DEBUGGER_EXIT_MS).unref();
  };
  return {
    /** Takes a line of stderr. */
    stderr(line: string): void {
      if (!isInspectorLine(line)) process.output(line);
      if (line.startsWith('Starting inspector')) portTaken();
      const url = inspectorUrlIn(line, port);
      if (url !== undefined) stopWatching ??= watchPauses(url, { held, waitsForDisconnect });
    },
    /** The process has ended. */
    close(): void {
      clearTimeout(exit);
      stopWatching?.();
      endHold?.();
    },
  };
}
