/*
 * The script `prepack` of each package below libs/. Its manifest names the sources: a package of it could not be loaded elsewhere.
 */
process.stderr.write(
  'npm cannot pack or publish this folder: its package.json names the sources, which cannot be loaded elsewhere.\nIn the root of the repository, this builds all packages and writes their tarballs to dist/: npm run pack\n',
);
process.exitCode = 1;
