/** A package of ours that a project has as a file. */
export interface PackedPackage {
  /** Its name with the scope, e.g. `@cross-account-api/iam`. */
  readonly name: string;
  readonly version: string;
  /** The absolute path of the tarball. Its name has a hash of the content, e.g. `iam-0.2.0-1f2e3d4c5b6a.tgz`. */
  readonly file: string;
  /** The text of its CHANGELOG.md. Absent: it has none */
  readonly changelog?: string;
}

/** The parts of a package.json that are used. */
interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** The folder of a project that has the tarballs. */
export const VENDOR = 'vendor';

/** The file in {@link VENDOR} that says what the folder is. @param command with which the clone updates the project */
export function vendorReadme(command: string): string {
  return `The packages of cross-account-api that this project uses, packed from a clone of its repository.
package.json names each file. The end of a file's name is a hash of its content.
In the clone, \`${command}\` brings later ones.
`;
}

/**
 * Makes the root's package.json take our packages from the tarballs. Everything else in it stays.
 *
 * The overrides make everything take them, whatever range it names. Without them, npm asks the registry for a version in that range once
 * a package leaves it. The name of a tarball changes with its content, because npm keeps what it has installed and cached
 * under the same name and version.
 * @param manifest text of the root's package.json
 * @param packages all that the project uses, and those on which they depend
 */
export function withVendored(manifest: string, packages: readonly PackedPackage[]): string {
  const { dependencies, devDependencies, overrides, ...others } = JSON.parse(manifest) as Manifest;
  const gone = vendored(manifest).filter(({ name }) => packages.every((each) => each.name !== name));
  const without = (entries: Readonly<Record<string, unknown>> = {}) =>
    Object.fromEntries(Object.entries(entries).filter(([name]) => gone.every((each) => each.name !== name)));
  const entries = packages.map(({ name, file }) => [name, `file:${VENDOR}/${fileName(file)}`] as const);
  const inDependencies = (name: string) => Object.hasOwn(dependencies ?? {}, name);
  const edited = {
    ...others,
    ...(dependencies && {
      dependencies: {
        ...without(dependencies),
        ...Object.fromEntries(entries.filter(([name]) => inDependencies(name))),
      },
    }),
    devDependencies: sorted({
      ...without(devDependencies),
      ...Object.fromEntries(entries.filter(([name]) => !inDependencies(name))),
    }),
    overrides: {
      ...without(overrides),
      ...Object.fromEntries(packages.map(({ name }) => [name, `$${name}`])),
    },
  };
  // The owner's keys stay in their order.
  const keys = [...new Set([...Object.keys(JSON.parse(manifest)), ...Object.keys(edited)])];
  const ordered = Object.fromEntries(keys.map((key) => [key, edited[key as keyof typeof edited]]));
  const [, indent = '  '] = /^\{\r?\n([ \t]+)/.exec(manifest) ?? [];
  return `${JSON.stringify(ordered, null, indent)}\n`;
}

/**
 * Makes a service's package.json take whatever version of our packages the root has.
 *
 * npm 10 ignores overrides for a workspace once there is a lock file: it asks the registry if a tarball has left the service's range.
 * @param manifest text of the service's package.json
 */
export function withAnyVersion(manifest: string, packages: readonly PackedPackage[]): string {
  const edited = JSON.parse(manifest) as Manifest;
  const isOurs = (name: string) => packages.some((each) => each.name === name);
  const any = (entries: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(entries).map(([name, range]) => [name, isOurs(name) ? '*' : range]));
  const { dependencies, devDependencies } = edited;
  return `${JSON.stringify(
    {
      ...edited,
      ...(dependencies && { dependencies: any(dependencies) }),
      ...(devDependencies && { devDependencies: any(devDependencies) }),
    },
    null,
    2,
  )}\n`;
}

/** A package that the root's package.json takes from a tarball. */
export interface VendoredEntry {
  readonly name: string;
  /** The name of the tarball in {@link VENDOR}. */
  readonly file: string;
}

/** The packages that {@link withVendored} has put into the root's package.json. An owner's own tarball has no such override. */
export function vendored(manifest: string): readonly VendoredEntry[] {
  const { dependencies, devDependencies, overrides = {} } = JSON.parse(manifest) as Manifest;
  return Object.entries({ ...dependencies, ...devDependencies }).flatMap(([name, source]) =>
    source.startsWith(`file:${VENDOR}/`) && overrides[name] === `$${name}`
      ? [{ name, file: source.slice(`file:${VENDOR}/`.length) }]
      : [],
  );
}

/**
 * Says which packages an update changes, one sentence a line, and what the owner has to change for it: the entries of CHANGELOG.md that begin
 * in bold, of the versions since then.
 * @param manifest text of the root's package.json before the update
 * @returns nothing if the project has these packages already
 */
export function changesOf(manifest: string, packages: readonly PackedPackage[]): readonly string[] {
  const before = new Map(vendored(manifest).map(({ name, file }) => [name, file]));
  const changed = packages.flatMap(({ name, version, file, changelog = '' }) => {
    const old = before.get(name);
    if (old === fileName(file)) return [];
    if (old === undefined) return [`${name} is new: ${version}`];
    const [, oldVersion] = /-(\d+\.\d+\.\d+\S*)-[0-9a-f]+\.tgz$/.exec(old) ?? [];
    if (oldVersion === version) return [`${name} ${version} has other code`];
    const demands = oldVersion === undefined ? [] : demandsSince(oldVersion, changelog);
    return [`${name} ${oldVersion ?? old} is now ${version}`, ...demands.map((each) => `  ${each}`)];
  });
  const gone = [...before.keys()].filter((name) => packages.every((each) => each.name !== name));
  return [...changed, ...gone.map((name) => `${name} is gone`)];
}

/**
 * The changes that demand something of owners: each is the text in bold at the beginning of an entry.
 * @param version that the owner has
 * @param changelog whose sections begin with `## 1.2.3`, the newest first
 */
export function demandsSince(version: string, changelog: string): readonly string[] {
  const [newer = ''] = changelog.split(`\n## ${version}\n`);
  // Without this version, nobody knows which sections are newer.
  if (newer === changelog) return [];
  return [...newer.matchAll(/^- \*\*([^*]+)\*\*/gm)].map(([, text = '']) =>
    text.replace(/\s+/g, ' ').replace(/\.$/, ''),
  );
}

/** The name of a tarball, from its path. */
export function fileName(path: string): string {
  return path.replace(/^.*[\\/]/, '');
}

function sorted<Value>(entries: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
