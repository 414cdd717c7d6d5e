import type { Refused } from './admission.ts';
import type { NetworkLimits } from './limits.ts';

/** The answer to a body over the limit. */
export function tooLarge(limits: NetworkLimits): Refused {
  const message = `The request's body is larger than the ${limits.bodyBytes} bytes that local AWS takes. Send a smaller one, or raise the listener's limit.`;
  return { admitted: false, status: 413, code: 'RequestTooLarge', message };
}

/** The answer to a body for which there is no room at present. */
export function noRoom(limits: NetworkLimits): Refused {
  const message = `local AWS already holds ${limits.heldBytes} bytes of request bodies. Reduce your request rate, then try again.`;
  return { admitted: false, status: 503, code: 'SlowDown', message };
}

/** What a connection is told when Node's parser, or its timeouts, gave it up. */
export function describeClientError(
  error: NodeJS.ErrnoException,
  limits: NetworkLimits,
): { status: number; reason: string; code: string; message: string } {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        reason: 'Request Header Fields Too Large',
        code: 'RequestHeaderSectionTooLarge',
        message: `Request line and headers are larger than ${limits.headerBytes} bytes together.`,
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        reason: 'Request Timeout',
        code: 'RequestTimeout',
        message: `The request did not arrive in time: headers within ${limits.headersTimeoutMs} ms, the whole of it within ${limits.requestTimeoutMs} ms.`,
      };
    default:
      return {
        status: 400,
        reason: 'Bad Request',
        code: 'BadRequest',
        message: `What was sent is not a well-formed HTTP/1.1 request (${error.code ?? 'unknown error'}). Plain HTTP is spoken on this port; TLS only after CONNECT.`,
      };
  }
}

/**
 * What a person can do about TLS that failed inside a tunnel.
 * @param error OpenSSL's error; absent if the client closed after the handshake, before a request, as Node's
 *   does when it does not trust the certificate
 */
export function explainTlsFailure(hostname: string, error?: Error): string {
  const what =
    error === undefined
      ? `A client opened a TLS connection for ${hostname} and left without a request`
      : `TLS with a client for ${hostname} failed (${'reason' in error ? String(error.reason) : error.message})`;
  return `${what}. Most often it does not trust local AWS's certificate: give it .local-aws/ca.pem by NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE, CURL_CA_BUNDLE or REQUESTS_CA_BUNDLE.`;
}
