import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AwsError } from '../../../core/errors.ts';
import type { AwsRequest, AwsResponse } from '../../../core/request.ts';
import { CONTROL_PREFIX } from '../../../network/context.ts';
import { isStorageFailure, removeTree, StorageFailures } from '../../../temporary/index.ts';
import { unzip } from './unzip.ts';

const DOWNLOADS = `${CONTROL_PREFIX}code/`;

/** A deployment package, unpacked. */
export interface CodePackage {
  /** Base64, for `CodeSha256`. */
  readonly sha256: string;
  readonly size: number;
  /** The folder with the unpacked code: `LAMBDA_TASK_ROOT`. */
  readonly taskRoot: string;
  readonly archive: string;
}

/** The unpacked deployment packages. */
export type CodePackages = ReturnType<typeof createCodePackages>;

/**
 * Unpacks deployment packages, into one folder for each content. A package stays until its last use ends.
 * @param openRoot returns the folder to unpack into
 * @param report receives one message for a person if the disk is full
 */
export function createCodePackages(
  openRoot: () => Promise<string>,
  origin: () => string,
  report: (message: string) => void = () => {},
) {
  const failures = new StorageFailures('Lambda', report);
  const entries = new Map<string, { uses: number; readonly unpacked: Promise<CodePackage> }>();
  /** The paths of the zips, by name. */
  const archives = new Map<string, string>();

  const fail = (folder: string, error: unknown): never => {
    if (!isStorageFailure(error)) throw error;
    const detail = failures.failed(folder, error);
    const message = `The AWS Lambda service encountered an internal error: ${detail}`;
    throw new AwsError('ServiceException', message, 500);
  };
  const unpack = async (zip: Buffer, sha256: string): Promise<CodePackage> => {
    const root = await openRoot().catch((error: unknown) => fail(tmpdir(), error));
    // Cannot be guessed: it is part of a URL that works without credentials.
    const name = `code-${randomUUID()}`;
    const taskRoot = path.join(root, name);
    const archive = `${taskRoot}.zip`;
    try {
      await mkdir(taskRoot);
      await unzip(zip, taskRoot);
      await writeFile(archive, zip, { mode: 0o400 });
    } catch (error) {
      await remove(taskRoot, archive);
      fail(root, error);
    }
    failures.recovered();
    archives.set(`${name}.zip`, archive);
    return { sha256, size: zip.length, taskRoot, archive };
  };

  return {
    /** Unpacks a zip, unless it is unpacked already, and counts one use of it. */
    async use(zip: Buffer): Promise<CodePackage> {
      const sha256 = createHash('sha256').update(zip).digest('base64');
      const entry = entries.get(sha256) ?? { uses: 0, unpacked: unpack(zip, sha256) };
      entries.set(sha256, entry);
      entry.uses += 1;
      try {
        return await entry.unpacked;
      } catch (error) {
        if (entries.get(sha256) === entry) entries.delete(sha256);
        throw error;
      }
    },

    /** Counts one more use of a package in use. */
    retain({ sha256 }: CodePackage): void {
      const entry = entries.get(sha256);
      if (entry !== undefined) entry.uses += 1;
    },

    /** Ends one use. The last one removes zip and folder. */
    async release({ sha256, taskRoot, archive }: CodePackage): Promise<void> {
      const entry = entries.get(sha256);
      if (entry === undefined) return;
      entry.uses -= 1;
      if (entry.uses > 0) return;
      entries.delete(sha256);
      archives.delete(path.basename(archive));
      await remove(taskRoot, archive);
    },

    /** `Code.Location` of GetFunction. It works while the package is in use, without credentials, like AWS's presigned URL of S3. */
    url({ archive }: CodePackage): string {
      return `${origin()}${DOWNLOADS}${path.basename(archive)}`;
    },

    /** Answers a download. @returns `undefined` for any other request */
    async download({ method, rawPath }: AwsRequest): Promise<AwsResponse | undefined> {
      if (method !== 'GET' || !rawPath.startsWith(DOWNLOADS)) return undefined;
      const file = archives.get(rawPath.slice(DOWNLOADS.length));
      const body = file && (await readFile(file).catch(() => undefined));
      if (body) {
        const headers = { 'Content-Type': 'application/zip', 'Cache-Control': 'no-store' };
        return { status: 200, headers, body };
      }
      const message = 'The deployment package of this URL is gone. GetFunction returns a new URL.';
      return {
        status: 403,
        headers: { 'Content-Type': 'application/xml' },
        body: `<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`,
      };
    },
  };
}

async function remove(...paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map(removeTree));
}
