import type { AuthenticationFailure } from './outcome.ts';
import type { CredentialScope, Unreadable } from './read-signature.ts';

/** What is wrong with a date. */
export type TimeProblem =
  | { readonly problem: 'malformed'; readonly text: string; readonly form: 'header' | 'query' }
  | { readonly problem: 'too-old'; readonly date: Date; readonly now: Date; readonly allowedSeconds: number }
  | {
      readonly problem: 'too-new';
      readonly form: 'header' | 'query';
      readonly date: Date;
      readonly now: Date;
      readonly allowedSeconds: number;
    }
  /** `X-Amz-Expires` is absent, no number, negative, or over a week. */
  | { readonly problem: 'expires'; readonly text: string | undefined }
  | {
      readonly problem: 'url-expired';
      readonly date: Date;
      readonly now: Date;
      readonly expiresSeconds: number;
    };

/** What is wrong with a credential scope. */
export type ScopeProblem =
  | { readonly problem: 'malformed'; readonly credential: string; readonly form: 'header' | 'query' }
  | {
      readonly problem: 'mismatch';
      readonly form: 'header' | 'query';
      readonly scope: CredentialScope;
      /** What each element should have been; the elements that are right are left out. */
      readonly expected: {
        readonly region?: string;
        readonly service?: string;
        readonly terminator?: string;
        readonly date?: string;
      };
      readonly timestamp: string;
    };

/** What is wrong with the body, or with the headers that describe it. */
export type PayloadProblem =
  | { readonly problem: 'hash-missing' }
  | { readonly problem: 'hash-malformed'; readonly text: string }
  | { readonly problem: 'hash-differs'; readonly declared: string; readonly computed: string }
  | { readonly problem: 'chunks-malformed'; readonly detail: string }
  | { readonly problem: 'chunk-signature' }
  /** A chunk other than the last is smaller than S3 allows. */
  | { readonly problem: 'chunk-too-small'; readonly chunk: number; readonly size: number }
  | { readonly problem: 'length-differs'; readonly declared: string | undefined; readonly decoded: number }
  | { readonly problem: 'trailer-malformed'; readonly detail: string }
  | { readonly problem: 'checksum-differs'; readonly checksum: string };

/** AWS's sentence for each way in which a signature fails. S3 has its own. */
export interface Wording {
  unreadable(problem: Unreadable): AuthenticationFailure;
  notSigned(names: readonly string[]): AuthenticationFailure;
  time(problem: TimeProblem): AuthenticationFailure;
  scope(problem: ScopeProblem): AuthenticationFailure;
  payload(problem: PayloadProblem): AuthenticationFailure;
}

/** S3's sentences for a bad `X-Amz-Expires`; no other service documents any. */
export function expiresRule(text: string | undefined): string {
  if (text === undefined || !/^-?\d+$/.test(text)) return 'X-Amz-Expires should be a number';
  return text.startsWith('-')
    ? 'X-Amz-Expires must be non-negative'
    : 'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds';
}

/** What a client sent, short enough for a message. */
export function excerpt(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}
