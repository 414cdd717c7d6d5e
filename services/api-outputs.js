import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { readStageSettings, SettingsError } from './stage-settings.js';

// How the caller service learns of the API that it calls. Compose can hand outputs in, too. But then it demands them for
// every command, also for those that do without (info, logs, remove), and it keeps them by stage, not by region.

/** Stands for an output that nobody has written down; the caller's preflight.js lets nobody deploy it. */
export const UNKNOWN_OUTPUT = 'unknown-until-the-api-is-deployed';

const unknown = { ApiUrl: UNKNOWN_OUTPUT, ApiArn: UNKNOWN_OUTPUT, InvokeRoleArn: UNKNOWN_OUTPUT };

const folder = new URL('.serverless/', import.meta.url);

/**
 * @param {string} stage
 * @param {string} region
 */
const fileOf = (stage, region) => new URL(`api-outputs.${stage}.${region}.json`, folder);

/**
 * What the caller's serverless.yml reads: `${file(../api-outputs.js):outputs.ApiUrl}`.
 * @param {Parameters<typeof import('./stage-settings.js').settings>[0]} framework
 * @returns {Promise<{ ApiUrl: string, ApiArn: string, InvokeRoleArn: string }>}
 */
export async function outputs({ resolveVariable, options }) {
  const stage = await resolveVariable('sls:stage');
  try {
    const { region } = readStageSettings(stage, options.region);
    return { ...unknown, ...JSON.parse(await readFile(fileOf(stage, region), 'utf8')) };
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    // A mistake in the settings is preflight.js's to report.
    if (!isMissing && !(error instanceof SettingsError)) throw error;
    return unknown;
  }
}

/**
 * Keeps the outputs of a deployed api service.
 * @param {string} stage
 * @param {string} region
 * @param {Record<string, string | undefined>} values by the outputs' names
 */
export async function writeOutputs(stage, region, values) {
  await mkdir(folder, { recursive: true });
  await writeFile(fileOf(stage, region), `${JSON.stringify(values, null, 2)}\n`);
}

/**
 * Forgets the outputs of an api service that was removed.
 * @param {string} stage
 * @param {string} region
 */
export async function removeOutputs(stage, region) {
  await rm(fileOf(stage, region), { force: true });
}
