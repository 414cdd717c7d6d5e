const { join } = require('node:path');

// The commands that tests run start in half the time: all of their modules are compiled only once, and the packages of this
// repository are resolved to their sources without a hook.
process.env.NODE_COMPILE_CACHE ??= join(__dirname, '../../node_modules/.cache/node-compile-cache');
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --conditions=@cross-account-api/source`.trim();
