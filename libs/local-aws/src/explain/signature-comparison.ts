import { differenceOf } from '../authentication/index.ts';
import type { FailureRecord } from '../trace/record.ts';

/** What the server computed beside what the client signed. */
export interface SignatureComparison {
  readonly server: readonly string[];
  /** `undefined` where it could not be found out. */
  readonly client: readonly string[] | undefined;
  /** The first line that differs, counted from 1; absent where the canonical requests are the same. */
  readonly firstDifference?: {
    readonly line: number;
    /** e.g. `path`, `header x-amz-date`, `payload hash` */
    readonly element: string;
    /** Absent where that side has no such line. */
    readonly server?: string;
    readonly client?: string;
  };
  readonly stringToSign: string | undefined;
}

/**
 * Sets the server's canonical request beside the client's.
 * @returns `undefined` for a failure of another kind
 */
export function compareSignatures(failure: FailureRecord): SignatureComparison | undefined {
  const { canonicalRequest: server, stringToSign, clientMistake } = failure;
  if (failure.kind !== 'signature-mismatch' || server === undefined) return undefined;
  const client = clientMistake?.canonicalRequest;
  const difference = client === undefined ? undefined : differenceOf(server, client);
  return {
    server: server.split('\n'),
    client: client?.split('\n'),
    ...(difference === undefined
      ? {}
      : {
          firstDifference: {
            line: difference.line,
            element: difference.element,
            ...(difference.server === undefined ? {} : { server: difference.server }),
            ...(difference.client === undefined ? {} : { client: difference.client }),
          },
        }),
    stringToSign,
  };
}
