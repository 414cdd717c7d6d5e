/* Loaded first by each process of a run (NODE_OPTIONS): its requests go into the recording. Nothing is written that is not redacted. */
import { appendFileSync, readFileSync } from 'node:fs';
import { redactExchange } from './exchange.ts';
import { recordRequests } from './recorder.ts';
import type { Redaction } from './redact.ts';

const { CONFORMANCE_RECORDER: file, CONFORMANCE_STEP: step = '' } = process.env;

/** The file that the run has written for its processes. */
interface RecorderFile extends Omit<Redaction, 'vocabulary'> {
  readonly vocabulary: readonly string[];
  /** Where exchanges go, a line each. */
  readonly output: string;
}

let read: { readonly redaction: Redaction; readonly output: string } | undefined;

if (file !== undefined && file !== '') {
  recordRequests((raw) => {
    try {
      read ??= readRecorder(file);
      const exchange = redactExchange(raw, step, read.redaction);
      // One write: several processes append to the file.
      if (exchange !== undefined)
        appendFileSync(read.output, `${JSON.stringify(exchange)}\n`, { mode: 0o600 });
    } catch {
      // The command goes on as without a recorder, and must not show what it was sending.
      process.stderr.write('A request could not be recorded.\n');
    }
  });
}

function readRecorder(path: string): { readonly redaction: Redaction; readonly output: string } {
  const { vocabulary, output, ...rest }: RecorderFile = JSON.parse(readFileSync(path, 'utf8'));
  return { redaction: { ...rest, vocabulary: new Set(vocabulary) }, output };
}
