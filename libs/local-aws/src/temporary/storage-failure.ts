import { TemporaryFolderError } from './temporary-folder.ts';

/** The operating system's reasons why a file cannot be written, with the remedies, by error code. */
const REASONS: ReadonlyMap<string, readonly [reason: string, remedy: string]> = new Map([
  ['ENOSPC', ['no space left on device', 'Free space there']],
  ['EDQUOT', ['disk quota exceeded', 'Free space there']],
  ['EROFS', ['read-only file system', 'Make it writable']],
  ['EIO', ['input/output error', 'Check that disk']],
]);

/** LevelDB gives the system's reason only in the text of its error, or of the error's cause. */
function reasonOf(error: unknown): readonly [reason: string, remedy: string] | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '', message, cause } = error as NodeJS.ErrnoException;
  if (error instanceof TemporaryFolderError) {
    const { code: reason = 'unknown reason' } = cause as NodeJS.ErrnoException;
    return REASONS.get(reason) ?? [reason, 'Make it a folder that this user can write'];
  }
  const byText = [...REASONS.values()].find(([reason]) => message.toLowerCase().includes(reason));
  return REASONS.get(code) ?? byText ?? reasonOf(cause);
}

/** Whether an error means that the disk cannot be written, e.g. because it is full. */
export function isStorageFailure(error: unknown): boolean {
  return reasonOf(error) !== undefined;
}

/** Reports once, not for each request, that a service cannot write its temporary files. */
export class StorageFailures {
  readonly #service: string;
  readonly #report: (message: string) => void;
  #isReported = false;

  constructor(service: string, report: (message: string) => void) {
    this.#service = service;
    this.#report = report;
  }

  /** Reports the first failure. @returns the message for the client */
  failed(folder: string, error: unknown): string {
    const [reason, remedy] = reasonOf(error) ?? [String(error), 'Free space there'];
    const what = `cannot write to ${folder} (${reason})`;
    const message = `${this.#service} ${what}, and answers requests that need it with 500. ${remedy}: it then goes on. Or start local AWS with another folder in TMPDIR.`;
    if (!this.#isReported) this.#report(message);
    this.#isReported = true;
    return `local AWS ${what}.`;
  }

  /** Call this when files can be written again: the next failure is then reported. */
  recovered(): void {
    this.#isReported = false;
  }
}
