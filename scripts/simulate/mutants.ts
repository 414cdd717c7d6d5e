/** An old defect. */
export interface Mutant {
  /** The defect in words. */
  readonly summary: string;
  /** The source that had the defect, below the root of the repository, and the code that replaced it. */
  readonly file: string;
  readonly from: string;
  /** The old code. */
  readonly to: string;
}

/** The defects that a history must find, by their names. The deployed code has none of this. */
export const mutants: Readonly<Record<string, Mutant>> = {
  'late-handler': {
    summary: 'A request is executed although too little time is left to store that it was.',
    file: 'libs/api-handler/src/idempotency/request-record.ts',
    from: 'if (context.getRemainingTimeInMillis() <= neededMs) throw outOfTime(context, neededMs);',
    to: '',
  },
  'ignored-key': {
    summary: 'An API that remembers no keys executes a request that has one.',
    file: 'libs/api-handler/src/idempotency-key.ts',
    from: 'if (mayBeRepeated || idempotencyKeyOf(event) === undefined) return;',
    to: 'if (mayBeRepeated || true) return;',
  },
  'base-path': {
    summary: 'The base path of a custom domain is part of a remembered request.',
    file: 'libs/api-handler/src/idempotency/own-path.ts',
    from: "return path.endsWith('/')",
    to: "if (own !== '') return path;\n  return path.endsWith('/')",
  },
  attempts: {
    summary: 'A request that met a closed connection is not counted.',
    file: 'libs/signed-fetch/src/client.ts',
    from: 'attempts: call.attempts.length,',
    to: "attempts: call.attempts.filter(({ reason }) => !reason.startsWith('ECONNRESET')).length,",
  },
  'cut-gzip': {
    summary: 'A gzip body that is cut short is a success.',
    file: 'libs/signed-fetch/src/transport.ts',
    from: "process.getBuiltinModule('node:zlib').createGunzip()",
    to: "process.getBuiltinModule('node:zlib').createGunzip({ finishFlush: 2 })",
  },
  'sts-clock': {
    summary: "The Date header of any response of STS sets the clock of STS's client.",
    file: 'libs/assume-role/src/sts.ts',
    from: "if (readFailure(error, input).kind !== 'skewed') client.config.systemClockOffset = 0;",
    to: '',
  },
};
