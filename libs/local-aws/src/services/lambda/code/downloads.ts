import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { AwsRequest, AwsResponse } from '../../../core/request.ts';
import { CONTROL_PREFIX } from '../../../network/context.ts';
import type { CodePackage } from './packages.ts';

const PREFIX = `${CONTROL_PREFIX}code/`;

/**
 * The URLs from which deployment packages can be downloaded: `Code.Location` of GetFunction. As with a presigned URL of S3, on AWS,
 * its holder needs no credentials: the name of a package cannot be guessed.
 */
export class CodeDownloads {
  readonly #origin: () => string;
  /** The folder of all packages. */
  #folder = '';

  /** @param origin returns the address of local AWS, e.g. `http://127.0.0.1:4566` */
  constructor(origin: () => string) {
    this.#origin = origin;
  }

  /** The URL of a package. It works as long as a function has the package. */
  url({ archive }: CodePackage): string {
    this.#folder = path.dirname(archive);
    return `${this.#origin()}${PREFIX}${path.basename(archive)}`;
  }

  /** Answers a download. @returns `undefined` for a request that is none */
  async answer({ method, rawPath }: AwsRequest): Promise<AwsResponse | undefined> {
    if (method !== 'GET' || !rawPath.startsWith(PREFIX)) return undefined;
    const name = rawPath.slice(PREFIX.length);
    const file = /^[\w-]+\.zip$/.test(name) ? path.join(this.#folder, name) : undefined;
    const body = file && (await readFile(file).catch(() => undefined));
    if (body !== undefined) {
      return {
        status: 200,
        headers: { 'Content-Type': 'application/zip', 'Cache-Control': 'no-store' },
        body,
      };
    }
    const message = 'The deployment package of this URL is gone. GetFunction returns a new URL.';
    return {
      status: 403,
      headers: { 'Content-Type': 'application/xml' },
      body: `<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`,
    };
  }
}
