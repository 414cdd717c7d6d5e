'use strict';
// Sends a function's requests to local AWS's proxy, as NODE_USE_ENV_PROXY=1 does. With that variable, Node loads undici whenever it
// starts, which doubles the time of its start. AWS's functions start without it. So here undici is loaded when the function uses it.

const http = require('node:http');
const https = require('node:https');

const { HTTPS_PROXY } = process.env;

// A Node that was started with the variable already has the proxy: Node 22, and child processes and worker threads of a function.
const hasProxy = https.globalAgent.options.proxyEnv !== undefined;

if (HTTPS_PROXY !== undefined && !hasProxy && 'setGlobalProxyFromEnv' in http) {
  // Child processes and worker threads inherit it.
  process.env.NODE_USE_ENV_PROXY = '1';
  // As Node makes them (https://nodejs.org/docs/latest-v24.x/api/http.html#httpglobalagent).
  const options = {
    keepAlive: true,
    scheduling: /** @type {const} */ ('lifo'),
    timeout: 5_000,
    proxyEnv: process.env,
  };
  http.globalAgent = new http.Agent(options);
  https.globalAgent = new https.Agent(options);
  http.Agent = withProxy(http.Agent);
  https.Agent = withProxy(https.Agent);
  deferDispatcher();
}

/**
 * Lets an agent of the function take the proxy, too. Clients of the AWS SDK have their own, and SQS's sends to the host of the queue's URL,
 * whatever the endpoint. A class that extends the agent may connect in its own way, and stays as it is.
 * @template {typeof http.Agent} Class
 * @param {Class} Agent
 * @returns {Class}
 */
function withProxy(Agent) {
  /** @param {unknown[]} args */
  const make = ([options]) =>
    new Agent({ proxyEnv: process.env, .../** @type {object | undefined} */ (options) });
  /** @type {Class} */
  const proxied = new Proxy(Agent, {
    construct: (_target, args, newTarget) =>
      newTarget === proxied ? make(args) : Reflect.construct(Agent, args, newTarget),
    apply: (_target, _self, args) => make(args),
  });
  return proxied;
}

/**
 * Puts a stand-in where `fetch`, `WebSocket` and any version of the package undici look for their dispatcher
 * (https://github.com/nodejs/undici/blob/main/lib/global.js). The first use of the stand-in makes Node's dispatcher for the proxy.
 */
function deferDispatcher() {
  const keys = ['undici.globalDispatcher.1', 'undici.globalDispatcher.2'].map((key) => Symbol.for(key));
  /** @type {object | undefined} */
  let dispatcher;
  const standIn = new Proxy(
    {},
    {
      get(_target, name) {
        dispatcher ??= makeDispatcher();
        const value = Reflect.get(dispatcher, name);
        return typeof value === 'function' ? value.bind(dispatcher) : value;
      },
    },
  );
  // Writable, as `setGlobalDispatcher` leaves it.
  for (const key of keys) {
    Object.defineProperty(globalThis, key, { value: standIn, writable: true, configurable: true });
  }

  /** @returns {object} */
  function makeDispatcher() {
    const { globalAgent } = http;
    const { globalAgent: tlsAgent } = https;
    const before = keys.map((key) => Reflect.get(globalThis, key));
    http.setGlobalProxyFromEnv();
    const made = Reflect.get(globalThis, keys[0] ?? '');
    // What the function itself has set stays.
    http.globalAgent = globalAgent;
    https.globalAgent = tlsAgent;
    keys.forEach((key, index) => {
      if (before[index] !== standIn) Reflect.set(globalThis, key, before[index]);
    });
    return made;
  }
}
