import { readFile } from 'node:fs/promises';
import type { RunFinding } from '../state.ts';
import type { Exchange } from './exchange.ts';
import { type RedactedValue, type Redaction, redactText, renumber } from './redact.ts';

/** What a run sent and got, without anything of its owner's. */
export interface ConformanceRecording {
  readonly format: 1;
  /** Of this project. */
  readonly version: string;
  /** Who answered. */
  readonly answeredBy: 'AWS' | 'local AWS';
  /** The day on which the run began. */
  readonly date: string;
  readonly findings: readonly RunFinding[];
  readonly exchanges: readonly Exchange[];
}

/**
 * Puts together what the processes of a run have recorded. Repetitions in a row, as of a command that waits, become one.
 * @param lines of the file to which the processes append
 */
export function assemble(
  lines: readonly string[],
  about: Omit<ConformanceRecording, 'format' | 'exchanges'>,
  redaction: Redaction,
): ConformanceRecording {
  const exchanges: Exchange[] = [];
  /** The positions of what a step had already. */
  const positions = new Map<string, number>();
  for (const line of lines) {
    const exchange = parseLine(line);
    if (exchange === undefined) continue;
    const text = JSON.stringify(exchange);
    const at = positions.get(text);
    const earlier = at === undefined ? undefined : exchanges[at];
    if (at !== undefined && earlier !== undefined) exchanges[at] = { ...earlier, times: earlier.times + 1 };
    else positions.set(text, exchanges.push(exchange) - 1);
  }
  const findings = about.findings.map(({ step, text }) => ({ step, text: redactText(text, redaction) }));
  return JSON.parse(renumber(JSON.stringify({ format: 1, ...about, findings, exchanges })));
}

/** A process that was killed may have left half a line. */
function parseLine(line: string): Exchange | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The text of the file: an exchange a line, so its owner can read and search it. */
export function formatRecording({ exchanges, ...about }: ConformanceRecording): string {
  const head = JSON.stringify(about, null, 2).replace(/\n\}$/, ',');
  return `${head}\n  "exchanges": [\n${exchanges.map((each) => `    ${JSON.stringify(each)}`).join(',\n')}\n  ]\n}\n`;
}

/** @throws Error that names the file and the rule */
export async function readRecording(file: string): Promise<ConformanceRecording> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new NoRecording(file, 'cannot be read');
  });
  let read: Partial<ConformanceRecording>;
  try {
    read = JSON.parse(text);
  } catch {
    throw new NoRecording(file, 'is no JSON');
  }
  if (read.format !== 1 || !Array.isArray(read.exchanges))
    throw new NoRecording(file, 'has not the format 1 of recordings');
  return read as ConformanceRecording;
}

class NoRecording extends Error {
  override readonly name = 'NoRecording';
  readonly code = 'NO_RECORDING';
  constructor(file: string, problem: string) {
    super(`${file} ${problem}. Name a file that npm run conformance has written.`);
  }
}

export type { RedactedValue };
