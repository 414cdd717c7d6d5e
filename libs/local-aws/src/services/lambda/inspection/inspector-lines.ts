/** The lines that Node writes about its inspector. They are not the function's. */
const LINES = [
  /^Debugger attached\.$/,
  /^Debugger (?:listening|ending) on ws:\/\/127\.0\.0\.1:\d+\/[\w-]+$/,
  /^For help, see: https:\/\/nodejs\.org\/\S*debugg\S*$/,
  /^Waiting for the debugger to disconnect\.\.\.$/,
  /^Starting inspector on 127\.0\.0\.1:\d+ failed: /,
];

/** Whether Node has written a line about its inspector. */
export function isInspectorLine(line: string): boolean {
  return LINES.some((pattern) => pattern.test(line));
}

/**
 * The address of the inspector's WebSocket, if the line names it. A function can write such a line, too, so any other address than that of its
 * own inspector is ignored.
 * @param port the port that the inspector was given
 */
export function inspectorUrlIn(line: string, port: number): string | undefined {
  const [, url, found] = /^Debugger listening on (ws:\/\/127\.0\.0\.1:(\d+)\/[\w-]+)$/.exec(line) ?? [];
  return Number(found) === port ? url : undefined;
}
