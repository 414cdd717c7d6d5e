declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** Makes a DynamoDB server (https://github.com/architect/dynalite); it does not listen yet. */
  export default function dynalite(options?: {
    /** A folder for the tables; without it they are in memory. */
    readonly path?: string;
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }): Server;
}
