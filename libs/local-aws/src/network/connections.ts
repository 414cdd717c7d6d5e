import type { Socket } from 'node:net';

/** The TLS end of a CONNECT tunnel. */
export interface Tunnel {
  readonly hostname: string;
  /** The TCP connection that it runs over. */
  readonly below: Socket;
  /** Whether a request has come through it. */
  used: boolean;
}

/** The open connections of a listener, and what is known about each. */
export class Connections {
  /** Every open socket. A tunnel has two: its TLS socket, and the TCP socket below it. */
  readonly #open = new Set<Socket>();
  readonly #tunnels = new WeakMap<Socket, Tunnel>();
  readonly #loops = new WeakSet<Socket>();
  readonly #ending = new WeakSet<Socket>();
  readonly #pending = new WeakMap<Socket, number>();

  add(socket: Socket): void {
    this.#open.add(socket);
    socket.on('close', () => this.#open.delete(socket));
    socket.on('error', () => {}); // clients reset connections all the time
  }

  addTunnel(socket: Socket, tunnel: Tunnel): void {
    this.#tunnels.set(socket, tunnel);
  }

  /** The tunnel that a socket is the TLS end of. */
  tunnel(socket: Socket): Tunnel | undefined {
    return this.#tunnels.get(socket);
  }

  /** Notes that the client has sent a CONNECT to the listener's own port. */
  addLoop(socket: Socket): void {
    this.#loops.add(socket);
  }

  /** Whether the socket is inside a tunnel already. */
  isTunneled(socket: Socket): boolean {
    return this.#tunnels.has(socket) || this.#loops.has(socket);
  }

  /** Notes that the client has received an error and the connection is about to end. */
  end(socket: Socket): void {
    this.#ending.add(socket);
  }

  isEnding(socket: Socket): boolean {
    return this.#ending.has(socket);
  }

  /** Counts the requests of a socket that are being answered. @param change 1 or -1 */
  count(socket: Socket, change: 1 | -1): void {
    this.#pending.set(socket, (this.#pending.get(socket) ?? 0) + change);
  }

  /** Whether a request of the socket is being answered. */
  isBusy(socket: Socket): boolean {
    return (this.#pending.get(socket) ?? 0) > 0;
  }

  /** Cuts every connection. */
  destroy(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
