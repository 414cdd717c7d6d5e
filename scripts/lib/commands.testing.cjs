const { join } = require('node:path');

// The commands that tests run start in half the time: all of their modules are compiled only once.
process.env.NODE_COMPILE_CACHE ??= join(__dirname, '../../node_modules/.cache/node-compile-cache');
