import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { hmac, isSignature } from '../../../authentication/signing.ts';
import type { Clock } from '../../../core/clock.ts';
import type { AwsRequest, AwsResponse } from '../../../core/request.ts';
import { CONTROL_PREFIX } from '../../../network/health.ts';
import type { CodePackage } from './packages.ts';

const PREFIX = `${CONTROL_PREFIX}code/`;
/** As long as on AWS (https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html). */
const VALID_MS = 10 * 60 * 1000;

/**
 * The URLs from which deployment packages can be downloaded: `Code.Location` of GetFunction. As with a presigned URL of S3, on AWS,
 * its holder needs no credentials until it expires.
 */
export class CodeDownloads {
  readonly #clock: Clock;
  readonly #origin: () => string;
  readonly #key = randomBytes(32);
  /** The folder of all packages. */
  #folder = '';

  /** @param origin returns the address of local AWS, e.g. `http://127.0.0.1:4566` */
  constructor(clock: Clock, origin: () => string) {
    this.#clock = clock;
    this.#origin = origin;
  }

  /** The URL of a package. It works for ten minutes, as long as a function has the package. */
  url({ archive }: CodePackage): string {
    this.#folder = path.dirname(archive);
    const name = path.basename(archive);
    const expires = this.#clock.now().getTime() + VALID_MS;
    return `${this.#origin()}${PREFIX}${name}?expires=${expires}&signature=${this.#sign(name, expires)}`;
  }

  /** Answers a download. @returns `undefined` for a request that is none */
  async answer({ method, rawPath, rawQuery }: AwsRequest): Promise<AwsResponse | undefined> {
    if (method !== 'GET' || !rawPath.startsWith(PREFIX)) return undefined;
    const name = rawPath.slice(PREFIX.length);
    const query = new URLSearchParams(rawQuery);
    const expires = Number(query.get('expires'));
    const signature = Buffer.from(this.#sign(name, expires), 'hex');
    if (!isSignature(query.get('signature') ?? '', signature) || expires <= this.#clock.now().getTime()) {
      return refusal();
    }
    // The name is one that was signed here, so it does not leave the folder.
    const body = await readFile(path.join(this.#folder, name)).catch(() => undefined);
    if (body === undefined) return refusal();
    return { status: 200, headers: { 'Content-Type': 'application/zip', 'Cache-Control': 'no-store' }, body };
  }

  #sign(name: string, expires: number): string {
    return hmac(this.#key, `${name}\n${expires}`).toString('hex');
  }
}

function refusal(): AwsResponse {
  const message =
    'This URL of a deployment package has expired, is not complete, or its package is gone. GetFunction returns a new one.';
  return {
    status: 403,
    headers: { 'Content-Type': 'application/xml' },
    body: `<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`,
  };
}
