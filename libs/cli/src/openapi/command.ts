import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from '../command-line.ts';
import { readManifest } from '../project/manifest.ts';
import { projectRoot } from '../project/project.ts';

/** libs/contract/openapi/document.ts of the project. */
interface DocumentModule {
  openApiDocument(version: string): object;
}

export const openapiCommand = command(
  'Writes libs/contract/openapi.json, the OpenAPI document of the API, from the schemas of the contract.',
  {
    release: {
      type: 'boolean',
      description: 'Also keeps it as the last release, which later changes must not break',
    },
  },
  async ({ release = false }) => {
    const folder = join(projectRoot(), 'libs/contract');
    const { openApiDocument }: DocumentModule = await import(join(folder, 'openapi/document.ts'));
    const document = `${JSON.stringify(openApiDocument(readManifest(folder).version), null, 2)}\n`;
    for (const file of ['openapi.json', ...(release ? ['openapi/released.json'] : [])]) {
      await writeFile(join(folder, file), document);
      process.stdout.write(`libs/contract/${file}\n`);
    }
    return 0;
  },
);
