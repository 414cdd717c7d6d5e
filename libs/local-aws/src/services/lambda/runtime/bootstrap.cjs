'use strict';
// The runtime in an execution environment, as /var/runtime on AWS. It behaves like AWS's nodejs24.x and nodejs22.x
// (https://github.com/aws/aws-lambda-nodejs-runtime-interface-client). Plain CommonJS, few modules: each cold start loads it.

const { existsSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { format } = require('node:util');
const { RuntimeChannel } = require('./runtime-channel.cjs');

/** @typedef {(event: unknown, context: object, callback?: (error?: unknown, result?: unknown) => void) => unknown} Handler */
/** @typedef {import('./runtime-channel.ts').RuntimeInvocation} RuntimeInvocation */

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const CALLBACK_HANDLER =
  'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';

const { env } = process;
/** AWS removed handlers with callbacks from nodejs24.x. */
const takesCallbacks = env.AWS_EXECUTION_ENV === 'AWS_Lambda_nodejs22.x';
/** Ends the invocation of a handler that returned no promise, once the event loop is empty. @type {(() => void) | undefined} */
let whenIdle;
const channel = new RuntimeChannel();
/** The request ID of the last invocation. AWS logs it as `undefined` during init. @type {string | undefined} */
let requestId;

const { stdout, stderr } = process;
const writeOut = stdout.write.bind(stdout);
const writeErr = stderr.write.bind(stderr);
/** The longest part of a log event that is written at once, in UTF-16 units. */
const PIECE = 65_536;

/** Cuts a long text: copies of it would take the memory of the function. @param {string} text */
function piecesOf(text) {
  const pieces = [];
  let rest = text;
  while (rest.length > PIECE) {
    // A surrogate pair is one character.
    const end = /[\uD800-\uDBFF]/.test(rest.charAt(PIECE - 1)) ? PIECE - 1 : PIECE;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...pieces, rest];
}

/** Makes writes wait until local AWS has read, as on AWS. Otherwise, output piles up in the memory of the function. */
function blockWrites() {
  for (const stream of [stdout, stderr]) {
    const { _handle: handle } = /** @type {{ _handle?: { setBlocking?(isBlocking: boolean): void } }} */ (
      /** @type {unknown} */ (stream)
    );
    handle?.setBlocking?.(true);
    const write = /** @type {(...parameters: unknown[]) => boolean} */ (stream.write.bind(stream));
    /** @type {(chunk: unknown, ...parameters: unknown[]) => boolean} */
    const writeInPieces = (chunk, ...parameters) => {
      const isText = typeof parameters[0] !== 'string' || /^utf-?8$/i.test(parameters[0]);
      if (typeof chunk !== 'string' || chunk.length <= PIECE || !isText) return write(chunk, ...parameters);
      const pieces = piecesOf(chunk);
      for (const piece of pieces.slice(0, -1)) write(piece);
      return write(pieces.at(-1), ...parameters);
    };
    Object.assign(stream, { write: writeInPieces });
  }
}

/** Writes all levels to one stream, as AWS's runtime does: so the log keeps the order of the calls. */
function patchConsole() {
  const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
  /** @type {(level: string) => (message?: unknown, ...parameters: unknown[]) => void} */
  const logger =
    (level) =>
    (message, ...parameters) => {
      const pieces = piecesOf(format(message, ...parameters));
      // One call is one log event, however many lines it has: local AWS turns NUL back into a line break.
      for (const [index, piece] of pieces.entries()) {
        const start = index === 0 ? `${new Date().toISOString()}\t${requestId}\t${level}\t` : '';
        const end = index === pieces.length - 1 ? '\n' : '';
        writeOut(`${start}${piece.replaceAll('\n', '\0')}${end}`);
      }
    };
  Object.assign(console, Object.fromEntries(levels.map((level) => [level.toLowerCase(), logger(level)])));
  console.log = console.info;
}

/** @type {(name: string, message: string, cause?: Error) => Error} */
function failure(name, message, cause) {
  const error = new Error(message);
  error.name = name;
  if (cause?.stack) error.stack = cause.stack;
  return error;
}

/** The error document of the Runtime API. @param {unknown} error */
function errorDocument(error) {
  try {
    if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
    const { name, message, stack = '' } = error;
    return { errorType: String(name), errorMessage: String(message), trace: String(stack).split('\n') };
  } catch {
    return { errorType: 'handled', errorMessage: 'The error could not be read.', trace: [] };
  }
}

/** @type {(label: string, thrown: unknown) => void} */
function logError(label, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  let text;
  try {
    text = JSON.stringify(error, (_key, value) => {
      if (!(value instanceof Error)) return value;
      const { name: errorType, message: errorMessage, stack } = value;
      return { errorType, errorMessage, code: codeOf(value), ...value, stack: String(stack).split('\n') };
    });
  } catch {
    text = JSON.stringify(errorDocument(error));
  }
  console.error(label, `\t${text}`);
}

/** @type {(taskRoot: string, name: string) => Promise<Handler>} */
async function loadHandler(taskRoot, name) {
  if (name.includes('..')) {
    throw failure(
      'Runtime.MalformedHandlerName',
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const base = path.basename(name);
  const [, moduleName = '', exportName] = /^([^.]*)\.(.*)$/.exec(base) ?? [];
  if (exportName === undefined) throw failure('Runtime.MalformedHandlerName', 'Bad handler');
  const loaded = await loadModule(taskRoot, path.dirname(name), moduleName);
  const handler = exported(loaded, exportName) ?? exported(exported(loaded, 'default'), exportName);
  if (!handler) throw failure('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw failure('Runtime.HandlerNotFound', `${name} is not a function`);
  if (STREAMING in handler) {
    throw failure(
      'Runtime.MalformedStreamingHandler',
      `local AWS does not support response streaming: write ${name} without awslambda.streamifyResponse.`,
    );
  }
  if (handler.length >= 3 && !takesCallbacks)
    throw failure('Runtime.CallbackHandlerDeprecated', CALLBACK_HANDLER);
  return /** @type {Handler} */ (handler);
}

/** @type {(loaded: unknown, name: string) => unknown} */
function exported(loaded, name) {
  let value = loaded;
  for (const key of name.split('.')) {
    value = value && typeof value === 'object' ? Reflect.get(value, key) : undefined;
  }
  return value;
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** @type {(taskRoot: string, directory: string, moduleName: string) => Promise<unknown>} */
async function loadModule(taskRoot, directory, moduleName) {
  const file = path.resolve(taskRoot, directory, moduleName);
  const load = createRequire(path.join(taskRoot, 'index.js'));
  try {
    for (const extension of ['', '.js', '.mjs', '.cjs']) {
      if (existsSync(file + extension)) return await importOrRequire(load, file + extension);
    }
    return load(load.resolve(moduleName, { paths: [taskRoot, path.join(taskRoot, directory)] }));
  } catch (error) {
    if (error instanceof SyntaxError) throw failure('Runtime.UserCodeSyntaxError', String(error), error);
    if (codeOf(error) === 'MODULE_NOT_FOUND') throw failure('Runtime.ImportModuleError', String(error));
    throw error;
  }
}

// `require` loads CommonJS faster. In Node 24 it also loads ES modules, unless they use top-level await.
/** @type {(load: NodeJS.Require, file: string) => Promise<unknown>} */
async function importOrRequire(load, file) {
  if (file.endsWith('.js') || file.endsWith('.cjs')) {
    try {
      return load(file);
    } catch (error) {
      if (codeOf(error) !== 'ERR_REQUIRE_ASYNC_MODULE') throw error;
    }
  }
  return import(pathToFileURL(file).href);
}

/** Adds to the error for an absent package of AWS SDK v3 that AWS has it, and the remedy. @param {unknown} error */
function explainAbsentSdk(error) {
  if (!(error instanceof Error)) return;
  const [, name] = /Cannot find (?:module|package) '(@(?:aws-sdk|smithy)\/[\w.-]+)/.exec(error.message) ?? [];
  if (name === undefined) return;
  const runtime = String(env.AWS_EXECUTION_ENV).replace('AWS_Lambda_', '');
  error.message += `\nAWS’s runtime ${runtime} brings AWS SDK v3, and with it this package. Local AWS takes it from the project, which does not have it: run "npm install --save-dev ${name}" there, or bundle the package into the zip (serverless-esbuild: \`exclude: []\`).`;
}

/** How long functions were held by a debugger, in milliseconds: see hold-timers.cjs. @type {() => number} */
const heldMs = Reflect.get(globalThis, Symbol.for('local-aws.hold'))?.heldMs ?? (() => 0);

/** @param {RuntimeInvocation} invocation */
function contextOf({ requestId, functionArn, deadlineMs, clientContext }) {
  const heldBefore = heldMs();
  return {
    clientContext: clientContext === undefined ? undefined : JSON.parse(clientContext),
    identity: undefined,
    invokedFunctionArn: functionArn,
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => deadlineMs + Math.round(heldMs() - heldBefore) - Date.now(),
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
  };
}

/** Marks the end of an invocation's output, in the output itself. @param {string} id */
function markOutput(id) {
  /** @type {(stream: NodeJS.WriteStream, write: typeof writeOut) => Promise<void>} */
  const mark = (stream, write) =>
    new Promise((resolve) => {
      if (!stream.writable) return resolve();
      write(`\x01END ${id}\n`, () => resolve());
    });
  return Promise.all([mark(stdout, writeOut), mark(stderr, writeErr)]);
}

/** @param {unknown} result */
function stringify(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch {
    throw failure('Runtime.JSONStringifyError', 'Unable to stringify response body');
  }
}

// The handler may answer by a callback, by `context.done`, `succeed` or `fail`, or with a promise.
/** @type {(handler: Handler, event: unknown, context: object) => Promise<unknown>} */
function callBack(handler, event, context) {
  return new Promise((resolve, reject) => {
    /** @type {(error?: unknown, result?: unknown) => void} */
    const done = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error));
    Object.assign(context, {
      // Ignored: the answer goes out at once, as with the value false.
      callbackWaitsForEmptyEventLoop: true,
      done,
      succeed: resolve,
      fail: reject,
    });
    const returned = handler(event, context, done);
    if (returned instanceof Promise) returned.then(resolve, reject);
    else whenIdle = () => resolve(null);
  }).finally(() => {
    whenIdle = undefined;
  });
}

/** Logs an error. @returns its document, for a message @type {(label: string, error: unknown) => { body: string, errorType: string }} */
function report(label, error) {
  explainAbsentSdk(error);
  logError(label, error);
  const document = errorDocument(error);
  return { body: JSON.stringify(document), errorType: document.errorType };
}

/** @type {(handler: Handler, invocation: RuntimeInvocation) => Promise<void>} */
async function handle(handler, invocation) {
  const id = invocation.requestId;
  requestId = id;
  env._X_AMZN_TRACE_ID = invocation.traceId;
  /** @type {Parameters<typeof channel.send>[0]} */
  let message;
  // A handler that never settles and has no open work ends the process, as on AWS; the pipe must not keep it alive.
  channel.keepAlive(false);
  try {
    const event = JSON.parse(invocation.payload);
    const context = contextOf(invocation);
    const result = await (takesCallbacks ? callBack(handler, event, context) : handler(event, context));
    await new Promise((resolve) => setImmediate(resolve));
    message = { kind: 'response', id, body: stringify(result) };
  } catch (error) {
    await new Promise((resolve) => setImmediate(resolve));
    message = { kind: 'error', id, ...report('Invoke Error', error) };
  }
  channel.keepAlive(true);
  await markOutput(id);
  void channel.send(message);
}

/** Reports an error that no handler caught, and exits. @type {(label: string, error: unknown, status: number) => Promise<never>} */
async function die(label, error, status) {
  const id = requestId ?? 'init';
  const reported = report(label, error);
  channel.keepAlive(true);
  await markOutput(id);
  await channel.send({ kind: 'crash', id, ...reported });
  process.exit(status);
}

async function main() {
  blockWrites();
  patchConsole();
  Object.assign(globalThis, {
    awslambda: {
      /** @param {object} streaming */
      streamifyResponse: (streaming) => Object.assign(streaming, { [STREAMING]: 'response' }),
    },
  });
  process.on('uncaughtException', (error) => void die('Uncaught Exception', error, 129));
  process.on('unhandledRejection', (reason, promise) => {
    const error = failure('Runtime.UnhandledPromiseRejection', String(reason));
    Object.assign(error, { reason, promise });
    void die('Unhandled Promise Rejection', error, 128);
  });
  // Node's exit status for a top-level await that never settles.
  process.on('beforeExit', () => (whenIdle ?? (() => process.exit(13)))());
  let handler;
  channel.keepAlive(false);
  try {
    handler = await loadHandler(env.LAMBDA_TASK_ROOT ?? '', env._HANDLER ?? '');
  } catch (error) {
    return die('Uncaught Exception', error, 129);
  }
  channel.keepAlive(true);
  await markOutput('init');
  void channel.send({ kind: 'ready', id: 'init' });
  for (;;) await handle(handler, await channel.next());
}

void main();
