import type { PROBLEM_CONTENT_TYPE as ProblemContentType } from '@cross-account-api/contract';

/** The media type of a problem document (RFC 9457). The contract's types alone are imported, because a function loads all other imports. */
export const PROBLEM_CONTENT_TYPE: typeof ProblemContentType = 'application/problem+json';
