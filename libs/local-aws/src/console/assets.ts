import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The client: one script and one stylesheet. */
export interface Assets {
  readonly script: string;
  readonly style: string;
}

const built = join(import.meta.dirname, 'built');
let loading: Promise<Assets> | undefined;

/** Loads the client that is built into the package. In the repository, bundles it from its sources first. */
export function loadAssets(): Promise<Assets> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<Assets> {
  if (existsSync(built)) {
    const [script, style] = await Promise.all(
      ['client.js', 'client.css'].map((file) => readFile(join(built, file), 'utf8')),
    );
    return { script: script ?? '', style: style ?? '' };
  }
  // The package has neither this module nor esbuild.
  const bundler: string = join(import.meta.dirname, 'bundle.ts');
  const { bundleClient }: { bundleClient(): Promise<Assets> } = await import(bundler);
  return bundleClient();
}
