'use strict';
// The runtime's end of the pipe to local AWS: see runtime-channel.ts.

const { readFileSync } = require('node:fs');
const { Socket } = require('node:net');

/** @typedef {import('./runtime-channel.ts').RuntimeInvocation} RuntimeInvocation */
/** @typedef {import('./runtime-channel.ts').RuntimeMessage} RuntimeMessage */
/** @template Message @typedef {Message extends unknown ? Omit<Message, 'maxRssKb'> : never} WithoutMemory */

/** See hold-timers.cjs. Absent if no function can be held. @type {((begins: boolean) => void) | undefined} */
const hold = Reflect.get(globalThis, Symbol.for('local-aws.hold'));

class RuntimeChannel {
  #pipe = new Socket({ fd: 3, readable: true, writable: true });
  /** Takes the next invocation. Local AWS sends one only to a runtime that waits. @type {((invocation: RuntimeInvocation) => void) | undefined} */
  #waiting;

  constructor() {
    let line = '';
    this.#pipe.setEncoding('utf8').on('data', (/** @type {any} */ chunk) => {
      const [end = '', ...next] = chunk.split('\n');
      line += end;
      for (const start of next) {
        const message = JSON.parse(line);
        if ('held' in message) hold?.(message.held);
        else this.#waiting?.(message);
        line = start;
      }
    });
    // Local AWS has ended or closed the pipe.
    this.#pipe.on('error', () => process.exit(1));
    this.#pipe.on('close', () => process.exit(1));
  }

  /** Sets whether the pipe alone keeps the process alive. @param {boolean} keepsAlive */
  keepAlive(keepsAlive) {
    if (keepsAlive) this.#pipe.ref();
    else this.#pipe.unref();
  }

  /** @returns {Promise<RuntimeInvocation>} */
  next() {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** Resolves when the message is written. @type {(message: WithoutMemory<RuntimeMessage>) => Promise<void>} */
  send(message) {
    const line = JSON.stringify({ ...message, maxRssKb: peakKb() });
    return new Promise((resolve) => this.#pipe.write(`${line}\n`, () => resolve()));
  }
}

/** The peak of this process's memory, in KiB. On Linux, what Node reports includes the parent's memory at the fork. */
function peakKb() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS;
  return Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
}

module.exports = { RuntimeChannel };
