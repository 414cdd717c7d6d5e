import * as v from 'valibot';

/** Calls that are not in the trace file, because it could not be written. */
export const traceGap = v.object({
  calls: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** When the first of these calls came, ISO 8601. */
  since: v.pipe(v.string(), v.isoTimestamp()),
  /** When the last of them came. */
  until: v.pipe(v.string(), v.isoTimestamp()),
});
export type TraceGap = Readonly<v.InferOutput<typeof traceGap>>;

/** What a trace file does not tell its reader. */
export interface MissingInTrace {
  readonly gaps: readonly TraceGap[];
  /** Lines that are no records: damaged, or written by another version. */
  readonly unreadableLines: number;
}

/** @returns `undefined` if the value is no gap */
export function parseGap(value: unknown): TraceGap | undefined {
  const result = v.safeParse(traceGap, value);
  return result.success ? result.output : undefined;
}

/** The gap with one more call. */
export function widenGap(gap: TraceGap | undefined, time: Date): TraceGap {
  const until = time.toISOString();
  return { calls: (gap?.calls ?? 0) + 1, since: gap?.since ?? until, until };
}

/**
 * Says what is missing in a trace, for a person.
 * @param consequence what follows for the reader from the missing calls: a whole sentence
 */
export function describeMissing(
  { gaps, unreadableLines }: MissingInTrace,
  path: string,
  consequence: string,
): readonly string[] {
  const notes = gaps.map(
    ({ calls, since, until }) =>
      `The trace lacks ${calls === 1 ? `1 call of ${since}` : `${calls} calls from ${since} to ${until}`}, as its file could not be written. ${consequence}`,
  );
  if (unreadableLines === 0) return notes;
  const lines = unreadableLines === 1 ? '1 line' : `${unreadableLines} lines`;
  return [
    ...notes,
    `${lines} of ${path} cannot be read: damaged, or written by another version of local AWS. ${consequence} The next start of local AWS begins a new trace.`,
  ];
}
