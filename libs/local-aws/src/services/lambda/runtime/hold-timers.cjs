'use strict';
// Runs before a function's code if functions are inspected (`local-aws start --inspect`). While a debugger holds a function, others wait
// for it: the timers of all functions stand still for that time, so that nobody gives up and repeats a request. Local AWS says when a
// hold begins and ends: through the pipe, and to the function that is paused through its inspector.

const { syncBuiltinESMExports } = require('node:module');
const { Socket } = require('node:net');
const timers = require('node:timers');
const promises = require('node:timers/promises');
const { getEnvironmentData, setEnvironmentData } = require('node:worker_threads');

/** @typedef {{ startedAt: number, heldBefore: number }} Start when a timer started, and how long functions had been held before */
/** @typedef {NodeJS.Timeout & { _idleTimeout: number }} Timer Node keeps the delay of a timer in `_idleTimeout` */
/** @typedef {(...parameters: unknown[]) => void} Callback */

/** Between two looks at a timer that stands still, in milliseconds. */
const LOOK_MS = 50;

/** A shorter timer, in milliseconds, is no time-out: code yields with it. It goes on, so a second invocation meanwhile does, too. */
const SHORTEST_HELD_MS = 100;

const SHARED = 'local-aws.hold';
const shared = getEnvironmentData(SHARED);
const buffer = shared instanceof SharedArrayBuffer ? shared : new SharedArrayBuffer(8);
// For the worker threads that this thread starts.
setEnvironmentData(SHARED, buffer);

/**
 * The time of all holds, in nanoseconds. During a hold it is negative: the time of the earlier holds, without the time at which this one
 * began. It is one number, so all threads read it at once.
 */
const state = new BigInt64Array(buffer);

const isHeld = () => Atomics.load(state, 0) < 0n;

/** The time of all holds so far, in nanoseconds. */
function heldNs() {
  const value = Atomics.load(state, 0);
  return value < 0n ? value + process.hrtime.bigint() : value;
}

/** The time of all holds so far, in milliseconds. */
const heldMs = () => Number(heldNs()) / 1e6;

/** Begins or ends a hold. @param {boolean} begins */
function hold(begins) {
  if (begins !== isHeld()) Atomics.store(state, 0, heldNs() - (begins ? process.hrtime.bigint() : 0n));
}

Object.defineProperty(globalThis, Symbol.for('local-aws.hold'), { value: Object.assign(hold, { heldMs }) });

/** @returns {Start} */
const startNow = () => ({ startedAt: performance.now(), heldBefore: heldMs() });

/** The time that a timer still has to wait, in milliseconds. 0 if nothing was held since its start: Node's own timing is right then. */
/** @type {(start: Start, delayMs: number) => number} */
function leftMs({ startedAt, heldBefore }, delayMs) {
  const heldSince = heldMs() - heldBefore;
  if (heldSince === 0) return 0;
  const left = delayMs - (performance.now() - startedAt - heldSince);
  if (isHeld()) return Math.max(left, LOOK_MS);
  return left < 1 ? 0 : left;
}

/** The delay that Node takes for any value. @param {unknown} delay */
function delayOf(delay) {
  const number = Number(delay);
  return number >= 1 && number <= 2 ** 31 - 1 ? number : 1;
}

/** The starts of the timers that `setTimeout` made. @type {WeakMap<object, Start>} */
const starts = new WeakMap();

/** Replaces a function of Node, and keeps its other properties, such as the one that util.promisify() reads. */
/** @type {(owner: object, name: string, replacement: Function) => void} */
function replace(owner, name, replacement) {
  Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(Reflect.get(owner, name)));
  Reflect.set(owner, name, replacement);
}

const { setTimeout, setInterval } = timers;

/** @type {(callback: Callback, delay?: unknown, ...parameters: unknown[]) => NodeJS.Timeout} */
function heldTimeout(callback, delay, ...parameters) {
  const delayMs = delayOf(delay);
  // For anything else than a function, Node has an error.
  if (typeof callback !== 'function' || delayMs < SHORTEST_HELD_MS)
    return setTimeout(callback, delayMs, ...parameters);
  /** @this {Timer} @param {unknown[]} given */
  function look(...given) {
    const start = starts.get(this);
    const left = start === undefined ? 0 : leftMs(start, delayMs);
    if (left === 0) {
      callback.apply(this, given);
      return;
    }
    // The same timer fires again later: whoever has it can still clear it.
    this._idleTimeout = Math.ceil(left);
    refresh.call(this);
    this._idleTimeout = delayMs;
  }
  const timer = setTimeout(look, delayMs, ...parameters);
  starts.set(timer, startNow());
  return timer;
}

/** @type {(callback: Callback, delay?: unknown, ...parameters: unknown[]) => NodeJS.Timeout} */
function heldInterval(callback, delay, ...parameters) {
  const delayMs = delayOf(delay);
  if (typeof callback !== 'function' || delayMs < SHORTEST_HELD_MS)
    return setInterval(callback, delayMs, ...parameters);
  let heldBefore = heldMs();
  /** Skips the first time after a hold, too: it would come too early. @this {NodeJS.Timeout} @param {unknown[]} given */
  function tick(...given) {
    const heldSince = heldMs() - heldBefore;
    heldBefore = heldMs();
    if (heldSince === 0) callback.apply(this, given);
  }
  return setInterval(tick, delayMs, ...parameters);
}

const Timeout = /** @type {NodeJS.Timeout} */ (Object.getPrototypeOf(setTimeout(() => {}, 1).unref()));
const { refresh } = Timeout;
/** @this {NodeJS.Timeout} */
Timeout.refresh = function () {
  if (starts.has(this)) starts.set(this, startNow());
  return refresh.call(this);
};

for (const owner of [globalThis, timers]) {
  replace(owner, 'setTimeout', heldTimeout);
  replace(owner, 'setInterval', heldInterval);
}

const { setTimeout: wait, setInterval: repeat } = promises;

/** @type {(delay?: number, value?: unknown, options?: object) => Promise<unknown>} */
async function heldWait(delay, value, options) {
  const start = startNow();
  const delayMs = delayOf(delay);
  await wait(delay, value, options);
  if (delayMs < SHORTEST_HELD_MS) return value;
  for (let left = leftMs(start, delayMs); left > 0; left = leftMs(start, delayMs))
    await wait(left, value, options);
  return value;
}

/** @type {(delay?: number, value?: unknown, options?: object) => AsyncIterable<unknown>} */
async function* heldRepeat(delay, value, options) {
  const isShort = delayOf(delay) < SHORTEST_HELD_MS;
  let heldBefore = heldMs();
  for await (const each of repeat(delay, value, options)) {
    const heldSince = heldMs() - heldBefore;
    heldBefore = heldMs();
    if (heldSince === 0 || isShort) yield each;
  }
}

replace(promises, 'setTimeout', heldWait);
replace(promises, 'setInterval', heldRepeat);
/** @type {(delay: number, options?: object) => Promise<unknown>} */
const schedulerWait = (delay, options) => heldWait(delay, undefined, options);
replace(promises.scheduler, 'wait', schedulerWait);

const { timeout } = AbortSignal;
/** @param {number} delay */
function heldSignal(delay) {
  // Node's own error for anything else.
  if (!Number.isInteger(delay) || delay < 0 || delay > 2 ** 31 - 1) return timeout.call(AbortSignal, delay);
  const controller = new AbortController();
  const abort = () =>
    controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  heldTimeout(abort, delay).unref();
  return controller.signal;
}
replace(AbortSignal, 'timeout', heldSignal);

// The time-outs of sockets, and so those of the SDK's clients, are timers inside Node.
const socket = /** @type {Socket & { _onTimeout(): void }} */ (Socket.prototype);
const { setTimeout: setSocketTimeout, _onTimeout: onSocketTimeout } = socket;
/** How long functions had been held when a socket began to wait. @type {WeakMap<object, number>} */
const heldBefore = new WeakMap();
/** @type {typeof setSocketTimeout} */
socket.setTimeout = function (delay, callback) {
  heldBefore.set(this, heldMs());
  return setSocketTimeout.call(this, delay, callback);
};
/** @this {Socket} */
socket._onTimeout = function () {
  // After a hold, it waits once more for all of its time.
  if (heldMs() !== (heldBefore.get(this) ?? 0)) this.setTimeout(this.timeout ?? 0);
  else onSocketTimeout.call(this);
};

syncBuiltinESMExports();
