import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFolder, readManifest } from '../../../../scripts/lib/packages.ts';
import { openApiDocument } from '../../../contract/openapi/document.ts';
import { command } from '../command-line.ts';

export const openapiCommand = command(
  'Writes libs/contract/openapi.json, the OpenAPI document of the API, from the schemas of the contract.',
  {
    release: {
      type: 'boolean',
      description: 'Also keeps it as the last release, which later changes must not break',
    },
  },
  async ({ release = false }) => {
    const folder = packageFolder('contract');
    const document = `${JSON.stringify(openApiDocument(readManifest(folder).version), null, 2)}\n`;
    for (const file of ['openapi.json', ...(release ? ['openapi/released.json'] : [])]) {
      await writeFile(join(folder, file), document);
      process.stdout.write(`libs/contract/${file}\n`);
    }
    return 0;
  },
);
