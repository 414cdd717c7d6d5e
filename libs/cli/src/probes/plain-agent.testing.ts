import { Agent } from 'node:https';
import { connect } from 'node:net';

/** Connects to a port of this machine without TLS, whatever the host. */
export class PlainAgent extends Agent {
  readonly #port: number;

  constructor(port: number) {
    super();
    this.#port = port;
  }

  override createConnection() {
    return connect(this.#port, '127.0.0.1');
  }
}
