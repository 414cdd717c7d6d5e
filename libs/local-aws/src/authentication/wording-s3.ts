import type { AuthenticationFailure, S3Answer } from './outcome.ts';
import { algorithm, terminator } from './signing.ts';
import { formatTimestamp } from './timestamp.ts';
import { expiresRule, type ScopeProblem, type TimeProblem, type Wording } from './wording.ts';

const payloadHashRule =
  'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.';

/** How S3 says it, from its API reference ("Error responses") and the messages that its clients report. */
export const s3Wording: Wording = {
  unreadable(problem) {
    switch (problem.problem) {
      case 'absent':
      case 'empty-header':
        return { kind: 'missing' };
      case 'both-forms':
        return failure(
          'ambiguous',
          'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
          { code: 'InvalidArgument', status: 400, details: { ArgumentName: 'Authorization' } },
        );
      case 'no-algorithm':
      case 'not-key-value':
        return unsupportedType();
      case 'missing-parameters':
        if (problem.form === 'query') return missingQueryParameters();
        return problem.names.every((name) => name === 'Date')
          ? noDate()
          : malformedHeader(
              'the authorization header requires three components: Credential, SignedHeaders, and Signature.',
            );
      case 'unsupported-algorithm':
        return problem.form === 'query'
          ? malformedQuery(`X-Amz-Algorithm only supports "${algorithm} and AWS4-ECDSA-P256-SHA256"`)
          : unsupportedType();
    }
  },
  notSigned(names) {
    return failure('unsigned-header', 'There were headers present in the request which were not signed', {
      code: 'AccessDenied',
      status: 403,
      details: { HeadersNotSigned: names.join(', ') },
    });
  },
  time(problem) {
    switch (problem.problem) {
      case 'malformed':
        return problem.form === 'header'
          ? noDate()
          : malformedQuery(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
      case 'expires':
        return problem.text === undefined
          ? missingQueryParameters()
          : malformedQuery(expiresRule(problem.text));
      case 'url-expired':
        return urlExpired(problem);
      case 'too-new':
      case 'too-old':
        if (problem.problem === 'too-new' && problem.form === 'query') return urlNotYetValid(problem);
        return failure(
          'not-current',
          'The difference between the request time and the current time is too large.',
          {
            code: 'RequestTimeTooSkewed',
            status: 403,
            details: {
              RequestTime: formatTimestamp(problem.date),
              ServerTime: iso(problem.now),
              MaxAllowedSkewMilliseconds: String(problem.allowedSeconds * 1000),
            },
          },
        );
    }
  },
  scope(problem) {
    const sentence = scopeSentence(problem);
    const details = problem.problem === 'mismatch' ? regionDetails(problem.expected.region) : {};
    const kind = problem.problem === 'malformed' ? 'incomplete' : 'wrong-scope';
    return problem.form === 'header'
      ? failure(kind, `The authorization header is malformed; ${sentence}`, {
          code: 'AuthorizationHeaderMalformed',
          status: 400,
          details,
        })
      : failure(kind, `Error parsing the X-Amz-Credential parameter; ${sentence}`, {
          code: 'AuthorizationQueryParametersError',
          status: 400,
          details,
        });
  },
  payload(problem) {
    switch (problem.problem) {
      case 'hash-missing':
        return payload(
          'Missing required header for this request: x-amz-content-sha256',
          'InvalidRequest',
          400,
        );
      case 'hash-malformed':
        return payload(payloadHashRule, 'InvalidArgument', 400, {
          ArgumentName: 'x-amz-content-sha256',
          ArgumentValue: problem.text.slice(0, 120),
        });
      case 'hash-differs':
        return payload(
          "The provided 'x-amz-content-sha256' header does not match what was computed.",
          'XAmzContentSHA256Mismatch',
          400,
          { ClientComputedContentSHA256: problem.declared, S3ComputedContentSHA256: problem.computed },
        );
      case 'chunks-malformed':
        return payload(
          `The request body is no aws-chunked stream: ${problem.detail}.`,
          'IncompleteBody',
          400,
        );
      case 'chunk-signature':
        return payload(
          'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
          'SignatureDoesNotMatch',
          403,
        );
      case 'chunk-too-small':
        return payload(
          'Only the last chunk is allowed to have a size less than 8192 bytes',
          'InvalidChunkSizeError',
          403,
          { Chunk: String(problem.chunk), BadChunkSize: String(problem.size) },
        );
      case 'length-differs':
        return problem.declared === undefined
          ? payload('You must provide the Content-Length HTTP header.', 'MissingContentLength', 411)
          : payload(
              'You did not provide the number of bytes specified by the Content-Length HTTP header',
              'IncompleteBody',
              400,
            );
      case 'trailer-malformed':
        return payload(
          'The request contained trailing data that was not well-formed or did not conform to our published schema.',
          'MalformedTrailerError',
          400,
        );
      case 'checksum-differs':
        return payload(
          `The ${problem.checksum} you specified did not match the calculated checksum.`,
          'BadDigest',
          400,
        );
    }
  },
};

type WordedKind =
  | 'incomplete'
  | 'ambiguous'
  | 'not-current'
  | 'wrong-scope'
  | 'unsigned-header'
  | 'payload-mismatch';

function failure(kind: WordedKind, message: string, s3: S3Answer): AuthenticationFailure {
  return { kind, message, s3 };
}

function payload(
  message: string,
  code: string,
  status: number,
  details: Readonly<Record<string, string>> = {},
): AuthenticationFailure {
  return failure('payload-mismatch', message, { code, status, details });
}

function unsupportedType(): AuthenticationFailure {
  // S3 echoes the header as ArgumentValue. It may hold somebody's password or token, so it is left out here.
  return failure('incomplete', 'Unsupported Authorization Type', {
    code: 'InvalidArgument',
    status: 400,
    details: { ArgumentName: 'Authorization' },
  });
}

function malformedHeader(sentence: string): AuthenticationFailure {
  return failure('incomplete', `The authorization header is malformed; ${sentence}`, {
    code: 'AuthorizationHeaderMalformed',
    status: 400,
  });
}

function malformedQuery(message: string): AuthenticationFailure {
  return failure('incomplete', message, { code: 'AuthorizationQueryParametersError', status: 400 });
}

function missingQueryParameters(): AuthenticationFailure {
  return malformedQuery(
    'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
  );
}

function noDate(): AuthenticationFailure {
  return failure('incomplete', 'AWS authentication requires a valid Date or x-amz-date header', {
    code: 'AccessDenied',
    status: 403,
  });
}

function urlExpired(problem: Extract<TimeProblem, { problem: 'url-expired' }>): AuthenticationFailure {
  const expires = new Date(problem.date.getTime() + problem.expiresSeconds * 1000);
  return failure('not-current', 'Request has expired', {
    code: 'AccessDenied',
    status: 403,
    details: {
      'X-Amz-Expires': String(problem.expiresSeconds),
      Expires: iso(expires),
      ServerTime: iso(problem.now),
    },
  });
}

function urlNotYetValid(problem: Extract<TimeProblem, { problem: 'too-new' }>): AuthenticationFailure {
  return failure('not-current', 'Request is not yet valid', {
    code: 'AccessDenied',
    status: 403,
    details: { 'X-Amz-Date': formatTimestamp(problem.date), ServerTime: iso(problem.now) },
  });
}

function scopeSentence(problem: ScopeProblem): string {
  if (problem.problem === 'malformed') {
    return `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/${terminator}".`;
  }
  const { expected, scope } = problem;
  if (expected.service !== undefined) {
    return `incorrect service "${scope.service.slice(0, 40)}". This endpoint belongs to "${expected.service}".`;
  }
  if (expected.terminator !== undefined) {
    return `incorrect terminal "${scope.terminator.slice(0, 40)}". This endpoint uses "${terminator}".`;
  }
  if (expected.region !== undefined) {
    return `the region '${scope.region.slice(0, 40)}' is wrong; expecting '${expected.region}'`;
  }
  return /^\d{8}$/.test(scope.date)
    ? `Invalid credential date "${scope.date}". This date is not the same as X-Amz-Date: "${expected.date}".`
    : `incorrect date format "${scope.date.slice(0, 40)}". This date in the credential must be in the format "yyyyMMdd".`;
}

function regionDetails(region: string | undefined): Readonly<Record<string, string>> {
  return region === undefined ? {} : { Region: region };
}

function iso(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
