'use strict';
// Runs before each function of the benchmark. STS has TLS, as on AWS: without this variable, it is called by its own host name. Local
// AWS answers there through its proxy, so the agents of all contenders use the proxy, not only Node's global ones.

const https = require('node:https');
const { syncBuiltinESMExports } = require('node:module');

delete process.env.AWS_ENDPOINT_URL;

https.Agent = class extends https.Agent {
  /** @param {import('node:https').AgentOptions} [options] */
  constructor(options) {
    super({ ...options, proxyEnv: process.env });
  }
};
syncBuiltinESMExports();
