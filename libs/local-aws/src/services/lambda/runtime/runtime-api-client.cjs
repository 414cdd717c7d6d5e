// Untyped, since stripping types would cost every cold start; its behaviour is tested in processes.
// @ts-nocheck
'use strict';
// The client of the Lambda Runtime API (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html): one
// connection, requests pipelined. Written on `net`, since loading `http` costs each cold start more than this does.

const { connect } = require('node:net');

const RUNTIME = '/2018-06-01/runtime';

class RuntimeApiClient {
  #socket;
  #waiting = [];
  #chunks = [];
  #received = 0;
  #expected;
  #host;

  /** @param {string} address `host:port` */
  constructor(address) {
    const [host, port] = address.split(':');
    this.#host = address;
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

  async next(maxRss) {
    const answer = await this.#request('GET', `${RUNTIME}/invocation/next`, '', {
      'local-max-rss-kb': maxRss,
    });
    if (answer.status !== 200) throw new Error(`The Runtime API answered ${answer.status}: ${answer.body}`);
    return answer;
  }

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

  fail(id, body, errorType) {
    const resource = id === undefined ? 'init' : `invocation/${encodeURIComponent(id)}`;
    return this.#request('POST', `${RUNTIME}/${resource}/error`, body, {
      'content-type': 'application/json',
      'lambda-runtime-function-error-type': headerValue(errorType),
    });
  }

  #request(method, path, body, headers) {
    const lines = Object.entries({ host: this.#host, 'content-length': Buffer.byteLength(body), ...headers });
    this.#socket.write(
      `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
    );
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #receive(chunk) {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    while (this.#expected === undefined ? this.#readHead() : this.#received >= this.#expected.end) {
      if (this.#received < this.#expected.end) return;
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
    if (separator < 0) return false;
    const headers = Object.create(null);
    const [statusLine, ...lines] = all.toString('latin1', 0, separator).split('\r\n');
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const start = separator + 4;
    this.#expected = {
      status: Number(statusLine.split(' ')[1]),
      start,
      end: start + Number(headers['content-length'] ?? 0),
      headers,
    };
    return true;
  }
}

/** An error's name may hold anything; a header may not. */
function headerValue(text) {
  return String(text)
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 200);
}

module.exports = { RuntimeApiClient };
