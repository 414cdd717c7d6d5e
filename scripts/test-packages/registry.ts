import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A version of a package. */
interface Version {
  readonly manifest: { readonly name: string; readonly version: string };
  readonly tarball: Buffer;
}

/** A registry on this machine that has only our packages. */
export interface Registry extends Disposable {
  /** Adds versions of packages. @param tarballs their paths */
  publish(tarballs: readonly string[]): void;
  /** The environment in which npm takes the packages of our scope from here, and all others from its usual source. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Starts a registry, so a project can be installed and updated as its owner does it, although nothing is published.
 * @param scope whose packages it has, such as `@cross-account-api`
 * @param folder for npm's configuration: that of this machine, and where the scope is
 */
export async function startRegistry(scope: string, folder: string): Promise<Registry> {
  const packages = new Map<string, Version[]>();
  const server = createServer((request, response) => {
    const [name = '', version] = decodeURIComponent(request.url?.slice(1) ?? '').split('/-/');
    const versions = packages.get(name) ?? [];
    const wanted = versions.find(({ manifest }) => manifest.version === version);
    if (version === undefined && versions.length > 0) response.end(JSON.stringify(describe(name, versions)));
    else if (wanted !== undefined) response.end(wanted.tarball);
    else response.writeHead(404).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  const usual = process.env.npm_config_userconfig ?? join(homedir(), '.npmrc');
  const configuration = join(folder, 'npmrc');
  const lines = existsSync(usual) ? readFileSync(usual, 'utf8') : '';
  writeFileSync(configuration, `${lines}\n${scope}:registry=${url}\n`);

  const describe = (name: string, versions: readonly Version[]) => ({
    name,
    'dist-tags': { latest: versions.at(-1)?.manifest.version },
    versions: Object.fromEntries(
      versions.map(({ manifest, tarball }) => [
        manifest.version,
        {
          ...manifest,
          dist: {
            tarball: `${url}${name}/-/${manifest.version}`,
            integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
          },
        },
      ]),
    ),
  });

  return {
    publish(tarballs) {
      for (const file of tarballs) {
        const manifest = JSON.parse(
          execFileSync('tar', ['-xzOf', file, 'package/package.json'], { encoding: 'utf8' }),
        );
        packages.set(manifest.name, [
          ...(packages.get(manifest.name) ?? []),
          { manifest, tarball: readFileSync(file) },
        ]);
      }
    },
    environment: { npm_config_userconfig: configuration },
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
