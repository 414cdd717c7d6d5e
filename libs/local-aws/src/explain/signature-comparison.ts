import { lines, type Palette, type TerminalOptions } from '@cross-account-api/command-line/text';
import { type CanonicalDifference, differenceOf } from '../authentication/explanation.ts';
import type { FailureRecord } from '../trace/record.ts';

/** The canonical requests of server and client, as lines. */
export interface SignatureComparison {
  readonly server: readonly string[];
  readonly client: readonly string[] | undefined;
  /** `undefined` if the canonical requests are the same, or the client's is unknown. */
  readonly firstDifference: CanonicalDifference | undefined;
  readonly stringToSign: string | undefined;
}

/** Compares the canonical requests of server and client; `undefined` for a failure other than `signature-mismatch`. */
export function compareSignatures(failure: FailureRecord): SignatureComparison | undefined {
  const { kind, canonicalRequest: server, stringToSign, clientMistake } = failure;
  if (kind !== 'signature-mismatch' || server === undefined) return undefined;
  const client = clientMistake?.canonicalRequest;
  return {
    server: server.split('\n'),
    client: client?.split('\n'),
    firstDifference: client === undefined ? undefined : differenceOf(server, client),
    stringToSign,
  };
}

const NARROWEST = 24;

/** Renders the canonical requests side by side, the first difference marked; the server's alone if the client's is unknown. */
export function renderComparison(
  { server, client, firstDifference, stringToSign }: SignatureComparison,
  { palette, width }: TerminalOptions,
): string[] {
  if (client === undefined) return renderServer(server, stringToSign, palette);
  const column = Math.max(NARROWEST, Math.floor((width - 12) / 2));
  const rows = Array.from({ length: Math.max(server.length, client.length) }, (_, index) => {
    const differs = firstDifference?.line === index + 1;
    const cells = `${fit(server[index] ?? '', column)}  ${fit(client[index] ?? '', column)}`;
    const row = `${differs ? '▶' : ' '}${lineNumber(index)}  ${cells}`.trimEnd();
    return differs ? palette.denied(row) : palette.faint(row);
  });
  return lines(
    palette.strong(`      ${fit('canonical request, server', column)}  canonical request, client`),
    rows,
    firstDifference === undefined
      ? 'The canonical requests are the same: the key that signed them differs.'
      : [
          `First difference, line ${firstDifference.line} (${firstDifference.element}):`,
          `  server  ${firstDifference.server ?? '(no such line)'}`,
          `  client  ${firstDifference.client ?? '(no such line)'}`,
        ],
  );
}

function renderServer(server: readonly string[], toSign: string | undefined, palette: Palette): string[] {
  const { strong, faint } = palette;
  return lines(
    strong('The canonical request, as the server computed it:'),
    server.map((line, index) => faint(` ${lineNumber(index)}  ${line}`.trimEnd())),
    toSign !== undefined && [
      strong('The string to sign:'),
      toSign.split('\n').map((line) => faint(`      ${line}`)),
    ],
  );
}

function lineNumber(index: number): string {
  return String(index + 1).padStart(3);
}

function fit(text: string, columns: number): string {
  return text.length > columns ? `${text.slice(0, columns - 1)}…` : text.padEnd(columns);
}
