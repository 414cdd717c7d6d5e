/** A file of a deployment package. */
export interface DeployedFile {
  /** The function that runs it. */
  readonly functionName: string;
  /** The path in the package. @example 'src/caller.mjs' */
  readonly path: string;
  /** SHA-256 of its code without the comment that names a source map, in hexadecimal. */
  readonly sha256: string;
}

/** The source map of exactly this file, as JSON, or the reason why there is none. */
export type FoundSourceMap = { readonly map: string } | { readonly missing: string };

/** Which functions a debugger may attach to. */
export interface InspectOptions {
  /** Names of functions, or their last words: `whoami` is `shop-local-whoami`. Default: all functions. */
  readonly functions?: readonly string[] | undefined;
  /** Finds the source map of a handler's file. Default: nothing is found. */
  readonly sourceMap?: ((file: DeployedFile) => Promise<FoundSourceMap>) | undefined;
  /** The port of the function that is named first, or of the first environment. Others get one of the next that are free. Default 9229, Node's own. */
  readonly firstPort?: number | undefined;
  /** Receives lines for the terminal. They have ports, through which anybody on this machine controls a function: print them nowhere else. */
  readonly print: (line: string) => void;
}
