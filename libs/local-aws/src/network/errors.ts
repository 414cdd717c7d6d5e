/** Why local AWS could not start to listen. */
export type ListenErrorCode = 'PortInUse' | 'PortForbidden' | 'InvalidPort' | 'ListenFailed';

/** Local AWS could not start to listen; the message names the port and the remedy. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: ListenErrorCode;
  readonly port: number;

  constructor(code: ListenErrorCode, port: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.port = port;
  }
}

/** Puts what `net` reports into words. */
export function listenError(port: number, cause: NodeJS.ErrnoException): ListenError {
  const words: Readonly<Record<string, readonly [ListenErrorCode, string]>> = {
    EADDRINUSE: [
      'PortInUse',
      `Port ${port} on 127.0.0.1 is in use, and local AWS needs it for itself. Stop the process that listens there (another local AWS?), or choose another port with --port; --port 0 takes a free one.`,
    ],
    EACCES: [
      'PortForbidden',
      `Port ${port} on 127.0.0.1 may not be opened by this user; ports below 1024 are often reserved. Choose another with --port.`,
    ],
  };
  const [code, message] = words[cause.code ?? ''] ?? [
    'ListenFailed',
    `Could not listen on 127.0.0.1:${port}: ${cause.message}`,
  ];
  return new ListenError(code, port, message, { cause });
}

/** Checks a port. @throws ListenError (`InvalidPort`) if it is not a whole number from 0 to 65535 */
export function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return;
  throw new ListenError(
    'InvalidPort',
    port,
    `${port} is not a port: it must be a whole number from 0 to 65535 (0 takes a free one). Change --port.`,
  );
}
