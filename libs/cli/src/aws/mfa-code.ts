import { createInterface } from 'node:readline';
import { withoutProgress } from '../steps.ts';

/** A profile needs an MFA code, and nobody can be asked for it. */
export class MfaCodeUnavailable extends Error {
  override readonly name = 'MfaCodeUnavailable';
  readonly code = 'MFA_CODE_UNAVAILABLE';

  constructor(serial: string) {
    super(`A code of the MFA device ${serial} is needed, and there is no terminal to ask for it.`);
  }
}

/** The terminal of a command. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Not the standard output, which may be JSON. */
  readonly output: NodeJS.WritableStream;
}

/** One question after another: two profiles may need codes at once. */
let asking: Promise<unknown> = Promise.resolve();

/**
 * Asks for the code of an MFA device, with the words of osls.
 * @param serial the ARN or the serial number of the device
 * @throws MfaCodeUnavailable without a terminal, or if it is closed before the answer
 */
export function askForMfaCode(
  serial: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<string> {
  if (input.isTTY !== true) return Promise.reject(new MfaCodeUnavailable(serial));
  const ask = () =>
    withoutProgress(
      () =>
        new Promise<string>((resolve, reject) => {
          const terminal = createInterface({ input, output });
          // Ctrl-C sends no signal while lines are read.
          terminal.on('SIGINT', () => {
            terminal.close();
            process.kill(process.pid, 'SIGINT');
          });
          terminal.on('close', () => reject(new MfaCodeUnavailable(serial)));
          terminal.question(`Enter MFA code for ${serial}: `, (answer) => {
            resolve(answer.trim());
            terminal.close();
          });
        }),
    );
  const answered = asking.then(ask, ask);
  asking = answered.catch(() => undefined);
  return answered;
}
