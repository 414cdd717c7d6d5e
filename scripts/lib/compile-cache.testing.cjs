const { join } = require('node:path');

// The commands that tests run start in half the time, as all of their modules are compiled once only.
process.env.NODE_COMPILE_CACHE ??= join(__dirname, '../../node_modules/.cache/node-compile-cache');
