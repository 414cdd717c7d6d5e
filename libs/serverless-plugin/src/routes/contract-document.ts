import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { propertiesOf } from '../properties.ts';
import { contractRoutes } from './contract-routes.ts';

/** The contract's folder, beside those of the services. */
export const CONTRACT_FOLDER = 'contract';

/** The command that writes the document. */
const REMEDY = 'Write it: npm run openapi';

/**
 * Runs in a new thread, because modules that are loaded already would stay as they were.
 * `openApiDocument` is what `npm run openapi` calls.
 */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData.module).then(({ openApiDocument }) => {
  parentPort.postMessage(openApiDocument && JSON.stringify(openApiDocument(workerData.version)));
});
`;

/**
 * Compares the contract's openapi.json, which routes, permissions and tools follow, with the contract's modules.
 * @param folder with `src/document.ts` and `openapi.json`
 * @returns a sentence or two if the document is stale, other than in its descriptions and summaries, or if the contract cannot be
 * loaded. `undefined` without `src/document.ts`
 */
export async function staleDocument(folder: string): Promise<string | undefined> {
  const module = join(folder, 'src/document.ts');
  if (!existsSync(module)) return undefined;
  const name = `services/${CONTRACT_FOLDER}/openapi.json`;
  const manifest = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '');
  const { version } = propertiesOf(parse(manifest));
  let current: string | undefined;
  try {
    current = await runThread({ module: pathToFileURL(module).href, version });
  } catch (error) {
    const { message } = propertiesOf(error);
    const reason = typeof message === 'string' ? message : String(error);
    return `${name} cannot be compared with the contract, because services/${CONTRACT_FOLDER}/src/document.ts fails: ${reason}`;
  }
  if (current === undefined) return undefined;
  const text = await readFile(join(folder, 'openapi.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return `There is no ${name}. ${REMEDY}`;
  const differences = differencesOf(withoutWords(parse(text)), withoutWords(JSON.parse(current)));
  return differences === undefined
    ? undefined
    : `${name} is older than the contract: ${differences}. ${REMEDY}`;
}

async function runThread(data: {
  readonly module: string;
  readonly version: unknown;
}): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(THREAD, { eval: true, workerData: data });
    thread.once('message', (text: string | undefined) => {
      resolve(text);
      void thread.terminate();
    });
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new Error(`it ended with exit code ${code}`)));
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A document without what only people read. An update of the library that words something in another way stops no deployment. */
function withoutWords(document: unknown): unknown {
  return parse(
    JSON.stringify(document, (name, value) =>
      (name === 'description' || name === 'summary') && typeof value === 'string' ? undefined : value,
    ) ?? '',
  );
}

/** @example 'it lacks POST /orders, and has another GET /orders/{id}' */
function differencesOf(written: unknown, current: unknown): string | undefined {
  if (JSON.stringify(written) === JSON.stringify(current)) return undefined;
  const [before, now] = [written, current].map(operationsOf) as [Operations, Operations];
  const lacks = [...now.keys()].filter((route) => !before.has(route));
  const surplus = [...before.keys()].filter((route) => !now.has(route));
  const changed = [...now].filter(([route, text]) => before.has(route) && before.get(route) !== text);
  const parts = [
    lacks.length > 0 && `it lacks ${lacks.join(', ')}`,
    surplus.length > 0 && `it still has ${surplus.join(', ')}`,
    changed.length > 0 && `it describes ${changed.map(([route]) => route).join(', ')} differently`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'its version or its schemas differ' : parts.join(', and ');
}

type Operations = ReadonlyMap<string, string>;

/** The operations of a document as text, by their routes. */
function operationsOf(document: unknown): Operations {
  const { paths } = propertiesOf(document);
  return new Map(
    contractRoutes(paths).map((route) => {
      const [method = '', path = ''] = route.split(' ');
      return [route, JSON.stringify(propertiesOf(propertiesOf(paths)[path])[method.toLowerCase()])];
    }),
  );
}
