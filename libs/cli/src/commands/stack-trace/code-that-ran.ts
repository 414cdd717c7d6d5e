import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Bundle, type Bundles, type NamedFile, sha256Of } from './sources.ts';

/** The code of a stage's functions: for each file of a deployment package, the SHA-256 in each function that has it. */
export interface DeployedCode {
  readonly stage: string;
  readonly sha256: ReadonlyMap<string, readonly string[]>;
  /** The time of the last change of any function. */
  readonly lastModified: Date | undefined;
}

/** The bundles whose code ran, and what the reader must know. */
export interface Judgement {
  /** By the URL that the text has. */
  readonly chosen: ReadonlyMap<string, Bundle>;
  /** Whole sentences. */
  readonly notes: readonly string[];
}

/**
 * Finds, for each file that a stack trace names, the bundle of the sources with the same code. A bundle of other code would give
 * wrong lines.
 * @param readDeployed reads the code that is deployed now. Without it, the only bundle of a file on AWS is taken for the one that ran
 */
export async function chooseBundles(
  files: readonly NamedFile[],
  {
    find,
    readDeployed,
  }: { readonly find: Bundles; readonly readDeployed: (() => Promise<DeployedCode>) | undefined },
): Promise<Judgement> {
  const chosen = new Map<string, Bundle>();
  const notes = new Set<string>();
  let deployed: Promise<DeployedCode> | undefined;
  for (const { url, file } of files) {
    const candidates = await find(file);
    const choose = (ran: readonly string[], otherwise: string) => {
      const same = candidates.filter(({ sha256 }) => ran.includes(sha256));
      const [bundle, other] = same;
      if (bundle !== undefined && other === undefined) chosen.set(url, bundle);
      else if (other !== undefined) notes.add(severalFunctions(file));
      else notes.add(otherwise);
    };
    if (isOnThisMachine(url)) {
      const ran = await readIfPresent(url);
      choose(
        ran === undefined ? [] : [sha256Of(ran)],
        ran === undefined
          ? `${file} of this failure is no longer on this machine, so it is not known whether the sources are the ones that ran. Its positions are not mapped. npm run explain knows them, if the code that ran is that of the sources.`
          : differs(file),
      );
    } else if (readDeployed !== undefined) {
      deployed ??= readDeployed();
      const { stage, sha256, lastModified } = await deployed;
      const ran = sha256.get(file);
      choose(
        ran ?? [],
        ran === undefined
          ? `No function of stage ${stage} has ${file}. Its positions are not mapped.`
          : differs(file),
      );
      if (chosen.has(url) && lastModified !== undefined) {
        notes.add(
          `The sources are those of stage ${stage}, whose code was last changed at ${lastModified.toISOString()}. A failure before that may be of other code.`,
        );
      }
    } else {
      choose(
        candidates.flatMap(({ sha256, isForDebugger }) => (isForDebugger ? [] : [sha256])),
        `The project has no sources of ${file}.`,
      );
      if (chosen.has(url))
        notes.add(
          'The sources were taken for the ones that ran. --stage compares them with the deployed code.',
        );
    }
  }
  return { chosen, notes: [...notes] };
}

function differs(file: string): string {
  return `The sources differ from what ran, so the positions in ${file} are not mapped. Check out the commit that was deployed, install its packages, and try again.`;
}

function severalFunctions(file: string): string {
  return `Functions of several services have ${file}, so its positions are not mapped.`;
}

/** On AWS, a function's code is in /var/task. Local AWS unpacks it into a temporary folder. */
function isOnThisMachine(url: string): boolean {
  return url.startsWith('file:///') && !url.startsWith('file:///var/task/');
}

async function readIfPresent(url: string): Promise<Buffer | undefined> {
  return readFile(fileURLToPath(url)).catch(() => undefined);
}
