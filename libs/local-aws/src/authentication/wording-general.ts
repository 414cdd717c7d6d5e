import { hash } from 'node:crypto';
import type { AuthenticationFailure } from './outcome.ts';
import type { Unreadable } from './read-signature.ts';
import { algorithm, terminator } from './signing.ts';
import { formatTimestamp } from './timestamp.ts';
import { excerpt, expiresRule, type Wording } from './wording.ts';

/** How API Gateway, STS, IAM, Lambda and most other services say it. */
export const generalWording: Wording = {
  unreadable(problem) {
    switch (problem.problem) {
      case 'absent':
        return { kind: 'missing' };
      case 'both-forms':
        return {
          kind: 'ambiguous',
          message: "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
        };
      case 'empty-header':
        return incomplete("Authorization header cannot be empty: ''.");
      case 'no-algorithm':
        return incomplete(
          'Authorization header must begin with the algorithm name, which cannot include an equal-sign',
        );
      case 'not-key-value':
        return incomplete(
          `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${fingerprint(problem.header)}'.`,
        );
      case 'missing-parameters':
        return incomplete(missingParameters(problem));
      case 'unsupported-algorithm':
        return problem.form === 'query'
          ? { kind: 'missing' }
          : incomplete(
              `Unsupported AWS 'algorithm': '${excerpt(problem.algorithm)}' (only ${algorithm} for now). `,
            );
    }
  },
  notSigned(names) {
    const sentences = names.map((name) =>
      name === 'host'
        ? "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        : `'${name}' must be a 'SignedHeader' in the AWS Authorization.`,
    );
    return { kind: 'unsigned-header', message: sentences.join(' ') };
  },
  time(problem) {
    switch (problem.problem) {
      case 'malformed':
        return incomplete(
          `Date must be in ISO-8601 'basic format'. Got '${excerpt(problem.text)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
        );
      case 'expires':
        return incomplete(expiresRule(problem.text));
      case 'too-old':
        return { kind: 'not-current', message: expired(problem.date, problem.now, problem.allowedSeconds) };
      case 'url-expired':
        return { kind: 'not-current', message: expired(problem.date, problem.now, problem.expiresSeconds) };
      case 'too-new': {
        const [date, now] = [formatTimestamp(problem.date), formatTimestamp(problem.now)];
        const latest = formatTimestamp(shifted(problem.now, problem.allowedSeconds));
        return {
          kind: 'not-current',
          message: `Signature not yet current: ${date} is still later than ${latest} (${now} + ${duration(problem.allowedSeconds)})`,
        };
      }
    }
  },
  scope(problem) {
    if (problem.problem === 'malformed') {
      return incomplete(
        `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${excerpt(problem.credential)}'`,
      );
    }
    const { expected, scope, timestamp } = problem;
    let message = '';
    if (expected.region !== undefined) message += 'Credential should be scoped to a valid region. ';
    if (expected.service !== undefined) {
      message += `Credential should be scoped to correct service: '${expected.service}'. `;
    }
    if (expected.terminator !== undefined) {
      message += `Credential should be scoped with a valid terminator: '${terminator}', not '${excerpt(scope.terminator)}'. `;
    }
    if (expected.date !== undefined) {
      message += `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${excerpt(scope.date)}' != '${expected.date}', from '${timestamp}'.`;
    }
    return { kind: 'wrong-scope', message };
  },
  payload() {
    return {
      kind: 'payload-mismatch',
      message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
    };
  },
};

function incomplete(message: string): AuthenticationFailure {
  return { kind: 'incomplete', message };
}

/**
 * AWS once echoed the `Authorization` header and, since people put tokens and passwords into it, now sends a hash.
 */
function fingerprint(header: string): string {
  return hash('sha256', header, 'base64');
}

function missingParameters(problem: Extract<Unreadable, { problem: 'missing-parameters' }>): string {
  if (problem.form === 'query') {
    const sentences = problem.names.map((name) => `AWS query-string parameters must include '${name}'.`);
    return `${sentences.join(' ')} Re-examine the query-string parameters.`;
  }
  const sentences = problem.names.map((name) =>
    name === 'Date'
      ? "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
      : `Authorization header requires '${name}' parameter.`,
  );
  return `${sentences.join(' ')} (Hashed with SHA-256 and encoded with Base64) Authorization=${fingerprint(problem.header)}`;
}

function expired(date: Date, now: Date, allowedSeconds: number): string {
  const earliest = formatTimestamp(shifted(now, -allowedSeconds));
  return `Signature expired: ${formatTimestamp(date)} is now earlier than ${earliest} (${formatTimestamp(now)} - ${duration(allowedSeconds)})`;
}

function shifted(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1000);
}

function duration(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} min.` : `${seconds} sec.`;
}
