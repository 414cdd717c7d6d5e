#!/usr/bin/env node
// JavaScript that old versions of Node can read, so they can name the needed version.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (!(major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 18))) {
  process.stderr.write(
    `create-cross-account-api needs Node 22.18 or 24.5, and this is Node ${process.versions.node}: install Node 24.\n`,
  );
  process.exitCode = 2;
} else {
  void require('./src/main.ts').run(process.argv.slice(2));
}
