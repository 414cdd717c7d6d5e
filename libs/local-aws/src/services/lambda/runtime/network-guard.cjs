'use strict';
// Keeps a function's process from reaching the real AWS by mistake: Node's own modules connect to this machine alone.
// Everything is refused before a name is looked up. It is no sandbox: code that means to get out can.

const dgram = require('node:dgram');
const dns = require('node:dns');
const { syncBuiltinESMExports } = require('node:module');
const net = require('node:net');

/** @typedef {(...args: unknown[]) => unknown} AnyFunction */

/** Whether a host is this machine. A connection to the unspecified address (0.0.0.0, ::) stays on it too. @param {unknown} host */
function isLoopback(host) {
  const text = String(host).toLowerCase();
  if (net.isIPv4(text)) return text.startsWith('127.') || text === '0.0.0.0';
  return ['localhost', '::1', '::'].includes(text) || /^::ffff:127\.[\d.]+$/.test(text);
}

/** @type {(attempt: string, target: string) => Error} `attempt`: e.g. `a connection to`; `target`: the host, with its port if it has one */
function refusal(attempt, target) {
  const error = new Error(
    `local AWS refused ${attempt} "${target}". A function connects only to this machine (127.0.0.1, ::1, localhost), so that it cannot reach the real AWS by mistake; local AWS answers for AWS hosts through its proxy. For an AWS host, use fetch, or http and https; a class of your own that extends Agent takes the proxy with the option { proxyEnv: process.env }. For any other host, run a stand-in on 127.0.0.1.`,
  );
  return Object.assign(error, { code: 'ERR_LOCAL_AWS_NETWORK', host: target });
}

/** @typedef {(original: AnyFunction, self: unknown, args: unknown[]) => unknown} Replacement gets `this` and the arguments */

/** Replaces a function of a module or class. @type {(owner: object, name: string, replacement: Replacement) => void} */
function replace(owner, name, replacement) {
  const original = Reflect.get(owner, name);
  /** @this {unknown} @param {unknown[]} args */
  function replaced(...args) {
    return replacement(original, this, args);
  }
  // Keeps the name, the length, and the property that util.promisify() reads.
  Reflect.set(owner, name, Object.defineProperties(replaced, Object.getOwnPropertyDescriptors(original)));
}

// net, and with it tls, http, https, http2, fetch and WebSocket: all of their connections begin here.
// The arguments are `[options, callback]`, `(options, …)`, `(path, …)` or `(port, host, …)`.
replace(net.Socket.prototype, 'connect', (connect, socket, args) => {
  const [first, second] = args;
  const normalized = Array.isArray(first);
  const options = normalized ? first[0] : first;
  const isObject = typeof options === 'object' && options !== null;
  if (isObject ? options.path : Number.isNaN(Number(options))) return connect.apply(socket, args);
  const host = (isObject ? options.host : typeof second === 'string' && second) || 'localhost';
  const port = isObject ? options.port : options;
  // The caller's lookup function could return any address, even for "localhost".
  const guarded = isLoopback(host)
    ? { ...(isObject ? options : { port, host }), lookup: undefined }
    : { ...options, port, host: 'refused.invalid', lookup: refuseLookup(host, port) };
  if (normalized) {
    first[0] = guarded;
    return connect.call(socket, first);
  }
  const callback = args.find((arg) => typeof arg === 'function');
  return connect.call(socket, guarded, callback);
});

/** Makes the connection fail as if the host's name did not exist. @type {(host: unknown, port: unknown) => net.LookupFunction} */
function refuseLookup(host, port) {
  const error = refusal('a connection to', `${host}:${port}`);
  return (_hostname, _options, callback) => process.nextTick(callback, error);
}

// `(msg, offset, length, port, address, …)` or `(msg, port, address, …)`
replace(dgram.Socket.prototype, 'send', (send, socket, args) => {
  const [, , third, fourth, fifth] = args;
  const host = fifth || (fourth && typeof fourth !== 'function') ? fifth : third;
  return datagram(socket, args, host) ?? send.apply(socket, args);
});
// `(port, address, callback)`
replace(
  dgram.Socket.prototype,
  'connect',
  (connect, socket, args) => datagram(socket, args, args[1]) ?? connect.apply(socket, args),
);

/** Refuses a datagram as `dgram` reports any other failure. @type {(socket: unknown, args: unknown[], host: unknown) => unknown} */
function datagram(socket, args, host) {
  if (typeof host !== 'string' || host === '' || isLoopback(host)) return undefined;
  const error = refusal('a datagram to', host);
  const callback = args.find((arg) => typeof arg === 'function');
  process.nextTick(() =>
    callback ? callback(error) : /** @type {dgram.Socket} */ (socket).emit('error', error),
  );
  return socket;
}

// An address needs no lookup, and servers look up the one that they listen on.
/** @param {unknown} hostname */
const needsNoLookup = (hostname) => !hostname || net.isIP(String(hostname)) !== 0 || isLoopback(hostname);
const never = () => false;

guardNames(dns, { lookup: needsNoLookup, lookupService: isLoopback }, byCallback);
guardNames(dns.promises, { lookup: needsNoLookup, lookupService: isLoopback }, byPromise);
guardNames(dns.Resolver.prototype, {}, byCallback);
guardNames(dns.promises.Resolver.prototype, {}, byPromise);

// Guards queries to name servers. Even a server on this machine is refused, since it usually forwards queries.
/** @type {(owner: object, allowed: Record<string, (host: unknown) => boolean>, fail: (error: Error, args: unknown[]) => unknown) => void} */
function guardNames(owner, allowed, fail) {
  for (const name of Object.getOwnPropertyNames(owner)) {
    if (!/^(lookup|lookupService|resolve\w*|reverse)$/.test(name)) continue;
    const isAllowed = allowed[name] ?? never;
    replace(owner, name, (original, self, args) => {
      if (isAllowed(args[0])) return original.apply(self, args);
      return fail(refusal('to look up', String(args[0])), args);
    });
  }
}

/** @type {(error: Error, args: unknown[]) => void} */
function byCallback(error, args) {
  const callback = args.at(-1);
  if (typeof callback !== 'function') throw error;
  process.nextTick(callback, error);
}

/** @type {(error: Error) => Promise<never>} */
function byPromise(error) {
  return Promise.reject(error);
}

syncBuiltinESMExports();
