'use strict';
// The client of the Lambda Runtime API (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html): one
// connection, requests pipelined. Written on `net`, since loading `http` costs each cold start more than this does.

const { connect } = require('node:net');

/** @typedef {Readonly<Record<string, string>>} Headers */
/** @typedef {{ status: number, headers: Headers, body: Buffer }} Answer */
/** @typedef {{ kind: 'response' | 'error', body: string, errorType?: string }} RuntimeAnswer */

const RUNTIME = '/2018-06-01/runtime';

class RuntimeApiClient {
  #socket;
  /** @type {((answer: Answer) => void)[]} */
  #waiting = [];
  /** @type {Buffer[]} */
  #chunks = [];
  #received = 0;
  /** @type {{ status: number, start: number, end: number, headers: Headers } | undefined} */
  #expected;
  #host;
  #authorization;

  /**
   * @param {string} address `host:port`
   * @param {string} token the environment's secret, without which local AWS answers nothing
   */
  constructor(address, token) {
    const [host, port] = address.split(':');
    this.#host = address;
    this.#authorization = `Bearer ${token}`;
    this.#socket = connect({ host, port: Number(port), noDelay: true });
    this.#socket.on('data', (chunk) => this.#receive(chunk));
    // Without Lambda on the other side there is nothing left to run for.
    this.#socket.on('error', () => process.exit(1));
    this.#socket.on('close', () => process.exit(1));
  }

  ref() {
    this.#socket.ref();
  }

  unref() {
    this.#socket.unref();
  }

  /** @param {number} maxRss peak memory in KiB */
  async next(maxRss) {
    const answer = await this.#request('GET', `${RUNTIME}/invocation/next`, '', {
      'local-max-rss-kb': String(maxRss),
    });
    if (answer.status !== 200) throw new Error(`The Runtime API answered ${answer.status}: ${answer.body}`);
    return answer;
  }

  /** @type {(id: string, answer: RuntimeAnswer, maxRss: number) => Promise<Answer>} */
  answerAndNext(id, { kind, body, errorType }, maxRss) {
    this.#socket.cork();
    void this.#request('POST', `${RUNTIME}/invocation/${encodeURIComponent(id)}/${kind}`, body, {
      'content-type': 'application/json',
      ...(errorType === undefined ? {} : { 'lambda-runtime-function-error-type': headerValue(errorType) }),
    });
    const next = this.next(maxRss);
    this.#socket.uncork();
    return next;
  }

  /** @type {(id: string | undefined, body: string, errorType: string) => Promise<Answer>} */
  fail(id, body, errorType) {
    const resource = id === undefined ? 'init' : `invocation/${encodeURIComponent(id)}`;
    return this.#request('POST', `${RUNTIME}/${resource}/error`, body, {
      'content-type': 'application/json',
      'lambda-runtime-function-error-type': headerValue(errorType),
    });
  }

  /** @type {(method: string, path: string, body: string, headers: Headers) => Promise<Answer>} */
  #request(method, path, body, headers) {
    const lines = Object.entries({
      host: this.#host,
      authorization: this.#authorization,
      'content-length': Buffer.byteLength(body),
      ...headers,
    });
    this.#socket.write(
      `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
    );
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** @param {Buffer} chunk */
  #receive(chunk) {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    for (;;) {
      this.#expected ??= this.#readHead();
      if (this.#expected === undefined || this.#received < this.#expected.end) return;
      const all = Buffer.concat(this.#chunks);
      const { status, start, end, headers } = this.#expected;
      const rest = all.subarray(end);
      this.#chunks = rest.length === 0 ? [] : [rest];
      this.#received = rest.length;
      this.#expected = undefined;
      this.#waiting.shift()?.({ status, headers, body: all.subarray(start, end) });
    }
  }

  #readHead() {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    const separator = all.indexOf('\r\n\r\n');
    if (separator < 0) return undefined;
    /** @type {Record<string, string>} */
    const headers = Object.create(null);
    const [statusLine, ...lines] = all.toString('latin1', 0, separator).split('\r\n');
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const start = separator + 4;
    return {
      status: Number(statusLine?.split(' ')[1]),
      start,
      end: start + Number(headers['content-length'] ?? 0),
      headers,
    };
  }
}

/**
 * An error's name may hold anything; a header may not.
 * @param {string} text
 */
function headerValue(text) {
  return String(text)
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 200);
}

module.exports = { RuntimeApiClient };
