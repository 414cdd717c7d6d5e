import type { Palette } from '../trace/terminal.ts';
import type { SignatureComparison } from './signature-comparison.ts';

/** Below this many columns two canonical requests do not fit beside each other. */
const NARROWEST = 24;

/**
 * Renders two canonical requests side by side, the first line that differs marked and then shown in full; or the
 * server's alone, where the client's is not known.
 */
export function renderComparison(
  comparison: SignatureComparison,
  { palette, width }: { readonly palette: Palette; readonly width: number },
): string[] {
  const { server, client, firstDifference } = comparison;
  if (client === undefined) return alone(comparison, palette);
  const column = Math.max(NARROWEST, Math.floor((width - 12) / 2));
  const rows = Array.from({ length: Math.max(server.length, client.length) }, (_, index) => {
    const number = String(index + 1).padStart(3);
    const cells = `${fit(server[index] ?? '', column)}  ${fit(client[index] ?? '', column).trimEnd()}`;
    return firstDifference?.line === index + 1
      ? palette.denied(`▶${number}  ${cells}`)
      : palette.faint(` ${number}  ${cells}`.trimEnd());
  });
  return [
    palette.strong(`      ${fit('canonical request, server', column)}  canonical request, client`),
    ...rows,
    ...(firstDifference === undefined
      ? ['The canonical requests are the same: the key that signed them differs.']
      : [
          `First difference, line ${firstDifference.line} (${firstDifference.element}):`,
          `  server  ${firstDifference.server ?? '(no such line)'}`,
          `  client  ${firstDifference.client ?? '(no such line)'}`,
        ]),
  ];
}

function alone({ server, stringToSign }: SignatureComparison, palette: Palette): string[] {
  return [
    palette.strong('The canonical request, as the server computed it:'),
    ...server.map((line, index) => palette.faint(` ${String(index + 1).padStart(3)}  ${line}`.trimEnd())),
    ...(stringToSign === undefined
      ? []
      : [
          palette.strong('The string to sign:'),
          ...stringToSign.split('\n').map((line) => palette.faint(`      ${line}`)),
        ]),
  ];
}

/** A text in exactly so many columns, the end of a longer one cut off. */
function fit(text: string, columns: number): string {
  return text.length > columns ? `${text.slice(0, columns - 1)}…` : text.padEnd(columns);
}
