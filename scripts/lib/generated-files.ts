import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cookbookPage } from './cookbook-page.ts';
import { projectRoot } from './project.ts';
import { referencePages } from './reference-pages.ts';
import { pagesWithFiles, withFiles } from './shown-files.ts';
import { STAGES_SCHEMA, stagesSchema } from './stages-schema.ts';

/** A file that is made from code, or a page in which files are shown. */
export interface GeneratedFile {
  /** Its path from the root of the repository. */
  readonly file: string;
  /** JSON is not formatted. */
  readonly text: string;
}

/** Makes the files that `npm run generate` writes, all but the OpenAPI document. */
export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  return [
    { file: 'services/COOKBOOK.md', text: cookbookPage() },
    ...(await referencePages()),
    ...pagesWithFiles.map((file) => ({
      file,
      text: withFiles(readFileSync(join(projectRoot, file), 'utf8')),
    })),
    { file: STAGES_SCHEMA, text: JSON.stringify(stagesSchema()) },
  ];
}
