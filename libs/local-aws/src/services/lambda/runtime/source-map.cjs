'use strict';
// Runs before the code of an inspected function. Local AWS sends the source map of the function's file through a pipe. The file itself
// stays as it was deployed: the map is added to its text when Node loads it.

const { closeSync, readFileSync } = require('node:fs');
const { registerHooks } = require('node:module');
const { isMainThread } = require('node:worker_threads');

/** The pipe, which ends after one JSON document. */
const PIPE = 4;

// A worker thread runs this, too. By then, the pipe has been read, and its number is that of another file.
const text = isMainThread ? readPipe() : '';

/** Reads the pipe to its end. */
function readPipe() {
  const read = readFileSync(PIPE, 'utf8');
  closeSync(PIPE);
  return read;
}

// Processes that the function forks get the same arguments, and the port of the inspector is taken.
process.execArgv = process.execArgv.filter(
  (argument, index, all) => !/^--(?:inspect|require)\b/.test(argument) && all[index - 1] !== '--require',
);

/** A comment in the code has the map, as bundlers write it. */
const COMMENT = /\n\/\/# sourceMappingURL=\S*\s*$/;

if (text !== '') {
  /** @type {{ url: string, map: string }} */
  const { url, map } = JSON.parse(text);
  const encoded = Buffer.from(map).toString('base64');
  registerHooks({
    load(loaded, context, nextLoad) {
      const result = nextLoad(loaded, context);
      if (loaded !== url || result.source === undefined || result.source === null) return result;
      const code =
        typeof result.source === 'string'
          ? result.source
          : Buffer.from(/** @type {Uint8Array} */ (result.source)).toString();
      const source = `${code.replace(COMMENT, '')}\n//# sourceMappingURL=data:application/json;base64,${encoded}\n`;
      return { ...result, source };
    },
  });
}
