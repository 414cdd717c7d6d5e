import { createHash } from 'node:crypto';
import { mkdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { unzip } from './unzip.ts';

/** A deployment package, unpacked. */
export interface CodePackage {
  /** Base64, as `CodeSha256` has it. */
  readonly sha256: string;
  /** Of the zip, in bytes. */
  readonly size: number;
  /** The folder with the unpacked code: `LAMBDA_TASK_ROOT`. */
  readonly taskRoot: string;
}

interface Entry {
  uses: number;
  readonly folder: string;
  readonly unpacked: Promise<CodePackage>;
}

/**
 * The unpacked deployment packages, one folder for each content, however many functions and versions have it. A package
 * is kept as long as someone uses it.
 */
export class CodePackages {
  readonly #root: () => Promise<string>;
  readonly #runtimeModules: Readonly<Record<string, string>>;
  readonly #entries = new Map<string, Entry>();
  #serial = 0;

  /**
   * @param root makes or names the folder to unpack into
   * @param runtimeModules modules that the runtime itself has, as AWS's has the AWS SDK: name or scope → folder
   */
  constructor(root: () => Promise<string>, runtimeModules: Readonly<Record<string, string>>) {
    this.#root = root;
    this.#runtimeModules = runtimeModules;
  }

  /**
   * Unpacks a zip, or takes the folder where the same content already is.
   * @throws AwsError `InvalidParameterValueException` for what is no usable zip
   */
  async use(zip: Buffer): Promise<CodePackage> {
    const sha256 = createHash('sha256').update(zip).digest('base64');
    let entry = this.#entries.get(sha256);
    if (entry === undefined) {
      const folder = path.join(await this.#root(), `code-${++this.#serial}`);
      // Another call may have come first while the folder was made.
      entry = this.#entries.get(sha256) ?? { uses: 0, folder, unpacked: this.#unpack(zip, sha256, folder) };
      this.#entries.set(sha256, entry);
    }
    entry.uses += 1;
    try {
      return await entry.unpacked;
    } catch (error) {
      await this.release(sha256);
      throw error;
    }
  }

  /** Counts one more use of a package that is in use. */
  retain(sha256: string): void {
    const entry = this.#entries.get(sha256);
    if (entry !== undefined) entry.uses += 1;
  }

  /** Ends one use; with the last one the folder goes. */
  async release(sha256: string): Promise<void> {
    const entry = this.#entries.get(sha256);
    if (entry === undefined) return;
    entry.uses -= 1;
    if (entry.uses > 0) return;
    this.#entries.delete(sha256);
    await rm(entry.folder, { recursive: true, force: true });
  }

  async #unpack(zip: Buffer, sha256: string, folder: string): Promise<CodePackage> {
    const taskRoot = path.join(folder, 'task');
    await mkdir(taskRoot, { recursive: true });
    await unzip(zip, taskRoot);
    // Node looks for modules beside the task root's own `node_modules` and then in the folders above it.
    for (const [name, source] of Object.entries(this.#runtimeModules)) {
      const link = path.join(folder, 'node_modules', name);
      await mkdir(path.dirname(link), { recursive: true });
      await symlink(source, link, 'dir');
    }
    return { sha256, size: zip.length, taskRoot };
  }
}
