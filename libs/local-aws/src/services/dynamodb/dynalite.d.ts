declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** Makes a DynamoDB server (https://github.com/architect/dynalite); it does not listen yet. */
  export default function dynalite(options?: {
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }): Server;
}
