import fc from 'fast-check';
import {
  changesOf,
  demandsSince,
  type PackedPackage,
  vendored,
  withAnyVersion,
  withVendored,
} from './vendor.ts';

const packed = (name: string, version: string, hash: string): PackedPackage => ({
  name: `@acme/${name}`,
  version,
  file: `/tmp/${name}-${version}-${hash}.tgz`,
});

test('an entry stays where the owner has it, and the owner keeps keys, order and indentation', () => {
  const manifest = `{
    "name": "orders",
    "dependencies": {
        "@acme/iam": "^0.1.0",
        "left-pad": "^1.3.0"
    },
    "overrides": {
        "traverse": "0.6.7"
    },
    "author": "me"
}
`;
  expect(withVendored(manifest, [packed('iam', '0.2.0', 'ab12')])).toBe(`{
    "name": "orders",
    "dependencies": {
        "@acme/iam": "file:vendor/iam-0.2.0-ab12.tgz",
        "left-pad": "^1.3.0"
    },
    "overrides": {
        "traverse": "0.6.7",
        "@acme/iam": "$@acme/iam"
    },
    "author": "me",
    "devDependencies": {}
}
`);
});

test('a service takes whatever version of our packages the root has, and keeps the ranges of others', () => {
  const manifest = {
    name: '@orders/caller-service',
    dependencies: { '@acme/iam': '^0.1.0', '@middy/core': '^7.9.2', '@orders/operations': '*' },
  };
  expect(JSON.parse(withAnyVersion(JSON.stringify(manifest), [packed('iam', '0.2.0', 'ab12')]))).toEqual({
    ...manifest,
    dependencies: { ...manifest.dependencies, '@acme/iam': '*' },
  });
});

test('a package that the clone no longer has goes, and a tarball that the owner has put into vendor/ stays', () => {
  const manifest = JSON.stringify({
    devDependencies: { '@acme/old': 'file:vendor/old-0.1.0-ab12.tgz', own: 'file:vendor/own-1.0.0.tgz' },
    overrides: { '@acme/old': '$@acme/old' },
  });
  const packages = [packed('iam', '0.2.0', 'ab12')];
  expect(JSON.parse(withVendored(manifest, packages))).toEqual({
    devDependencies: { '@acme/iam': 'file:vendor/iam-0.2.0-ab12.tgz', own: 'file:vendor/own-1.0.0.tgz' },
    overrides: { '@acme/iam': '$@acme/iam' },
  });
  expect(changesOf(manifest, packages)).toEqual(['@acme/iam is new: 0.2.0', '@acme/old is gone']);
});

test('after an update, the project has exactly the packages of the clone, whatever it had before', () => {
  const packages = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('iam', 'cli', 'contract', 'local-aws'),
      version: fc.constantFrom('0.1.0', '0.2.0'),
      hash: fc.constantFrom('ab12', 'cd34'),
    }),
    { selector: ({ name }) => name, minLength: 1 },
  );
  fc.assert(
    fc.property(packages, packages, (before, after) => {
      const toPacked = (all: typeof before) =>
        all.map(({ name, version, hash }) => packed(name, version, hash));
      const manifest = withVendored('{}', toPacked(before));
      const updated = withVendored(manifest, toPacked(after));
      expect(vendored(updated).map(({ name }) => name)).toEqual(
        after.map(({ name }) => `@acme/${name}`).toSorted(),
      );
      expect(changesOf(updated, toPacked(after))).toEqual([]);
      expect(withVendored(updated, toPacked(after))).toBe(updated);
    }),
  );
});

const changelog = `# Changelog

## 0.4.0

- **Only an operation with \`idempotencyKey: true\` is sent a key**, and only
  its document has the header.
- Other words.

## 0.3.0

- **The package has the
  library only.** Import yours.

## 0.2.0

- **Older.** Gone.
`;

test('an update names what the versions since then demand of the owner', () => {
  const manifest = JSON.stringify({
    devDependencies: { '@acme/contract': 'file:vendor/contract-0.2.0-ab12.tgz' },
    overrides: { '@acme/contract': '$@acme/contract' },
  });
  expect(changesOf(manifest, [{ ...packed('contract', '0.4.0', 'cd34'), changelog }])).toEqual([
    '@acme/contract 0.2.0 is now 0.4.0',
    '  Only an operation with `idempotencyKey: true` is sent a key',
    '  The package has the library only',
  ]);
  expect(demandsSince('0.4.0', changelog)).toEqual([]);
  expect(demandsSince('0.1.9', changelog)).toEqual([]);
});
