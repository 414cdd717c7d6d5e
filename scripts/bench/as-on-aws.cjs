'use strict';
// Runs before each function of the benchmark. STS and DynamoDB have TLS, as on AWS: without this variable, they are called by their own host
// names. Local AWS answers there through its proxy, so the agents of all contenders use the proxy, not only Node's global ones.
//
// It also counts the round trips for which a function waits.

const { subscribe } = require('node:diagnostics_channel');
const nodeModule = require('node:module');

delete process.env.AWS_ENDPOINT_URL;

// Who never uses node:https must not pay for loading it. So it is changed when somebody asks for it: by `import` or `require`, which
// the hook sees, or by `process.getBuiltinModule`.
const isHttps = (/** @type {string} */ name) => name === 'node:https' || name === 'https';
let isChanged = false;

function changeHttps() {
  if (isChanged) return;
  isChanged = true;
  const https = require('node:https');
  https.Agent = class extends https.Agent {
    /** @param {import('node:https').AgentOptions} [options] */
    constructor(options) {
      super({ ...options, proxyEnv: process.env });
    }
  };
  nodeModule.syncBuiltinESMExports();
}

nodeModule.registerHooks({
  resolve(specifier, context, nextResolve) {
    if (isHttps(specifier)) changeHttps();
    return nextResolve(specifier, context);
  },
});
const { getBuiltinModule } = process;
process.getBuiltinModule = (/** @type {string} */ name) => {
  if (isHttps(name)) changeHttps();
  return getBuiltinModule(name);
};

/** A new connection takes two round trips (TCP, and TLS 1.3), a request one. The CONNECT of a proxy has no counterpart on AWS. */
const count = { connections: 0, requests: 0 };
subscribe('net.client.socket', () => {
  count.connections += 1;
});
subscribe('http.client.request.start', (/** @type {any} */ { request }) => {
  if (request.method !== 'CONNECT') count.requests += 1;
});
subscribe('undici:request:create', (/** @type {any} */ { request }) => {
  if (request.method !== 'CONNECT') count.requests += 1;
});
Object.defineProperty(globalThis, Symbol.for('cross-account-api.bench'), {
  value: () => 2 * count.connections + count.requests,
});
