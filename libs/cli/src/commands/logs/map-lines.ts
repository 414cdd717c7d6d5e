import { chooseBundles, type DeployedCode } from '../stack-trace/code-that-ran.ts';
import { type Bundle, type Bundles, filesIn, withSources } from '../stack-trace/sources.ts';

interface LineMapperOptions {
  /** Bundles a function. */
  readonly find: Bundles;
  /** Reads the code that is deployed now. Without it, only files on this machine are compared with the sources. */
  readonly readDeployed?: (() => Promise<DeployedCode>) | undefined;
  /** Receives each note once: why positions of a file are not mapped. */
  note(sentence: string): void;
}

/**
 * Makes a function that maps the positions in a line of a log to the sources, as `explain` does: only if the sources are the code that
 * ran. Each file is bundled once.
 */
export function createLineMapper({ find, readDeployed, note }: LineMapperOptions) {
  const known = new Map<string, Promise<Bundle | undefined>>();
  const notes = new Set<string>();
  let deployed: Promise<DeployedCode> | undefined;
  const readOnce = readDeployed && (() => (deployed ??= readDeployed()));
  const tell = (sentence: string) => {
    if (!notes.has(sentence)) note(sentence);
    notes.add(sentence);
  };
  const bundleOf = async (url: string, file: string): Promise<Bundle | undefined> => {
    try {
      const { chosen, notes: found } = await chooseBundles([{ url, file }], { find, readDeployed: readOnce });
      for (const each of found) tell(each);
      return chosen.get(url);
    } catch (error) {
      tell(`The positions of ${file} are not mapped. ${error instanceof Error ? error.message : ''}`.trim());
      return undefined;
    }
  };
  return async (line: string): Promise<string> => {
    if (filesIn(line).length === 0) return line;
    return withSources(line, ({ url, file }) => {
      const found = known.get(url) ?? bundleOf(url, file);
      known.set(url, found);
      return found;
    });
  };
}
