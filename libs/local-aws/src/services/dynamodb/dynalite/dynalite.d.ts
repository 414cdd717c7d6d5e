/*
 * The parts of dynalite 4.0.0 (https://github.com/architect/dynalite) that local AWS uses. They are not documented: its documented
 * interface is an HTTP server, which throws an uncaught error if the disk is full. So package.json names the exact version.
 */

declare module 'dynalite/db/index.js' {
  /** The tables, in LevelDB. */
  export interface Store {
    readonly db: {
      open(): Promise<void>;
      /** Moves what is in memory, and in the log, to table files. */
      compactRange(start: string, end: string): Promise<void>;
      /** Waits for the operations that run. */
      close(): Promise<void>;
    };
  }
  const db: {
    /** Opens the tables of the account and region that the environment names. */
    create(options: {
      readonly path: string;
      readonly createTableMs: number;
      readonly deleteTableMs: number;
      readonly updateTableMs: number;
    }): Store;
  };
  export default db;
}

declare module 'dynalite/validations/index.js' {
  import type { Store } from 'dynalite/db/index.js';

  const validations: {
    /** Returns the members that an operation has. Throws an error with `statusCode` and `body` for those of a wrong type. */
    checkTypes(data: object, types: object): object;
    /** Throws an error with `statusCode` and `body` for an input that is not valid. */
    checkValidations(data: object, types: object, custom: unknown, store: Store): void;
  };
  export default validations;
}
