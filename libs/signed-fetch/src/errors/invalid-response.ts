import { type CallFailure, SignedFetchError } from './signed-fetch-error.ts';

/** A successful answer with a body that is not what was asked for. */
export interface UnexpectedBody extends CallFailure {
  readonly status: number;
  /** What is wrong with it. */
  readonly reason: string;
  /** How the body begins. */
  readonly start: string;
}

/** The answer is a success, but no JSON, or not what the schema says. The request was executed. */
export class InvalidResponse extends SignedFetchError {
  static {
    // On the prototype, so that the stack, which Lambda prints, begins with it.
    Object.defineProperty(InvalidResponse.prototype, 'name', { value: 'InvalidResponse' });
  }
  declare readonly name: 'InvalidResponse';
  readonly code = 'InvalidResponse';
  readonly status: number;
  /** How the body begins. */
  readonly start: string;

  constructor(body: UnexpectedBody) {
    const { status, reason, start } = body;
    super(
      body,
      `answered ${status}, but ${reason}. The body ${start === '' ? 'is empty' : `begins with ${JSON.stringify(start)}`}`,
      'The request was executed. Check that base URL and path lead to the API that is meant, and that both sides agree on the schema.',
    );
    this.status = status;
    this.start = start;
  }
}
