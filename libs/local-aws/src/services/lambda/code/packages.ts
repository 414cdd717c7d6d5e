import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AwsError } from '../../../core/errors.ts';
import { isStorageFailure, StorageFailures } from '../../../temporary/index.ts';
import { unzip } from './unzip.ts';

/** A deployment package, unpacked. */
export interface CodePackage {
  /** Base64, for `CodeSha256`. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** The folder with the unpacked code: `LAMBDA_TASK_ROOT`. */
  readonly taskRoot: string;
  /** The file with the zip. */
  readonly archive: string;
}

interface Entry {
  uses: number;
  readonly unpacked: Promise<CodePackage>;
}

/** The unpacked deployment packages, one folder for each content. A package stays until its last use ends. */
export class CodePackages {
  readonly #root: () => Promise<string>;
  readonly #entries = new Map<string, Entry>();
  readonly #failures: StorageFailures;

  /**
   * @param root returns the folder to unpack into
   * @param report receives one message for a person if the disk is full. Default: nobody does
   */
  constructor(root: () => Promise<string>, report: (message: string) => void = () => {}) {
    this.#root = root;
    this.#failures = new StorageFailures('Lambda', report);
  }

  /** Unpacks a zip, unless it is unpacked already, and counts one use of it. */
  async use(zip: Buffer): Promise<CodePackage> {
    const sha256 = createHash('sha256').update(zip).digest('base64');
    const entry = this.#entries.get(sha256) ?? { uses: 0, unpacked: this.#unpack(zip, sha256) };
    this.#entries.set(sha256, entry);
    entry.uses += 1;
    try {
      return await entry.unpacked;
    } catch (error) {
      if (this.#entries.get(sha256) === entry) this.#entries.delete(sha256);
      throw error;
    }
  }

  /** Counts one more use of a package that is in use. */
  retain({ sha256 }: CodePackage): void {
    const entry = this.#entries.get(sha256);
    if (entry !== undefined) entry.uses += 1;
  }

  /** Ends one use. The last one removes zip and folder. */
  async release({ sha256, taskRoot, archive }: CodePackage): Promise<void> {
    const entry = this.#entries.get(sha256);
    if (entry === undefined) return;
    entry.uses -= 1;
    if (entry.uses > 0) return;
    this.#entries.delete(sha256);
    await remove(taskRoot, archive);
  }

  async #unpack(zip: Buffer, sha256: string): Promise<CodePackage> {
    let root = tmpdir();
    // It is part of a URL that works without credentials.
    const name = `code-${randomUUID()}`;
    try {
      root = await this.#root();
      await mkdir(path.join(root, name));
      await unzip(zip, path.join(root, name));
      await writeFile(path.join(root, `${name}.zip`), zip, { mode: 0o400 });
    } catch (error) {
      await remove(path.join(root, name), path.join(root, `${name}.zip`));
      if (!isStorageFailure(error)) throw error;
      const detail = this.#failures.failed(root, error);
      const message = `The AWS Lambda service encountered an internal error: ${detail}`;
      throw new AwsError('ServiceException', message, 500);
    }
    this.#failures.recovered();
    const taskRoot = path.join(root, name);
    const archive = `${taskRoot}.zip`;
    return { sha256, size: zip.length, taskRoot, archive };
  }
}

async function remove(...paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((each) => rm(each, { recursive: true, force: true })));
}
