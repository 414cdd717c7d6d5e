#!/usr/bin/env node
// JavaScript, loaded before the first module in TypeScript. In its own repository, the package runs from its sources. There, Node
// caches the compiled code: a command starts in half the time.
const { existsSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');
const { forgetStart, startAgain } = require('./start-again.cjs');

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (!(major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 18))) {
  // A project has the package `node`. Only npm puts it in front of the Node of the machine.
  if (!startAgain(__filename)) {
    process.stderr.write(
      `cross-account needs Node 22.18 or 24.5, and this is Node ${process.versions.node}. Install Node 24, or the package "node" in this project: npm install --save-dev node@24\n`,
    );
    process.exitCode = 2;
  }
} else {
  forgetStart();
  if (existsSync(join(__dirname, 'src'))) {
    enableCompileCache(join(__dirname, '../../node_modules/.cache/node-compile-cache'));
  }
  require('./src/main.ts').run(process.argv.slice(2));
}
