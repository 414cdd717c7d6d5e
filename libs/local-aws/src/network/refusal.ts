import type { NetworkLimits } from './limits.ts';

/** A request that goes no further, and the answer that it gets. The message says what is wrong, the rule and the remedy. */
export class RequestRefused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** A request whose form cannot be accepted. */
export function malformed(message: string): RequestRefused {
  return new RequestRefused(400, 'BadRequest', message);
}

/** A body over the limit. */
export function tooLarge({ bodyBytes }: NetworkLimits): RequestRefused {
  return new RequestRefused(
    413,
    'RequestTooLarge',
    `The request's body is larger than the ${bodyBytes} bytes that local AWS takes. Send a smaller one, or raise the listener's limit.`,
  );
}

/** A body for which there is no room at present. */
export function noRoom({ heldBytes }: NetworkLimits): RequestRefused {
  return new RequestRefused(
    503,
    'SlowDown',
    `local AWS already holds ${heldBytes} bytes of request bodies. Reduce your request rate, then try again.`,
  );
}

/** The body of a request without a known access key is over the limit. */
export function strangerTooLarge({ strangerBodyBytes }: NetworkLimits): RequestRefused {
  return new RequestRefused(
    413,
    'RequestTooLarge',
    `local AWS takes at most ${strangerBodyBytes} bytes in the body of a request that names none of its access keys. Sign it with keys of this start: .local-aws/credentials.`,
  );
}

/** There is no room for the body of a request without a known access key at present. */
export function noRoomForStranger({ strangersHeldBytes }: NetworkLimits): RequestRefused {
  return new RequestRefused(
    503,
    'SlowDown',
    `local AWS already reads ${strangersHeldBytes} bytes of requests that name none of its access keys. Sign this one, or try again later.`,
  );
}

/** Why Node's parser, or one of its timeouts, gave up a connection. */
export function refusalOf({ code }: NodeJS.ErrnoException, limits: NetworkLimits): RequestRefused {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new RequestRefused(
        431,
        'RequestHeaderSectionTooLarge',
        `Request line and headers are larger than ${limits.headerBytes} bytes together.`,
      );
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new RequestRefused(
        408,
        'RequestTimeout',
        `The request did not arrive in time: headers within ${limits.headersTimeoutMs} ms, the whole of it within ${limits.requestTimeoutMs} ms.`,
      );
    default:
      return malformed(
        `What was sent is not a well-formed HTTP/1.1 request (${code ?? 'unknown error'}). Plain HTTP is spoken on this port; TLS only after CONNECT.`,
      );
  }
}
