import * as v from 'valibot';
import { describeIssue } from '../core/describe-issue.ts';
import { parseJson } from '../core/parse-json.ts';
import type { DeployedFile, FoundSourceMap } from '../services/lambda/inspection/inspect-options.ts';
import { controlAnswer, controlHandler, controlRefusal } from './control-request.ts';

/** The path to which the plugin for the framework sends source maps (PUT), if it takes them (GET). */
export const SOURCE_MAPS_PATH = '/_local-aws/source-maps';

/** The source maps that are kept, all together, in UTF-16 units: the oldest go first. */
const MOST_KEPT = 128 * 1024 * 1024;

const NOT_SENT =
  'it was not deployed by the Serverless CLI with the plugin of local AWS, or its code comes from other tools than serverless-esbuild.';

const schema = v.strictObject({
  maps: v.array(
    v.strictObject({
      sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal')),
      map: v.string(),
    }),
  ),
});

/** The source maps of functions, by the SHA-256 of their code without the comment that names a source map. */
export type SourceMaps = ReturnType<typeof createSourceMaps>;

/** Keeps the source maps that the plugin for the framework has sent, in memory. */
export function createSourceMaps() {
  const maps = new Map<string, string>();
  let size = 0;
  const remove = (sha256: string) => {
    size -= maps.get(sha256)?.length ?? 0;
    maps.delete(sha256);
  };
  return {
    /** The map of a file, or why there is none. */
    async find({ sha256 }: Pick<DeployedFile, 'sha256'>): Promise<FoundSourceMap> {
      const map = maps.get(sha256);
      return map === undefined ? { missing: NOT_SENT } : { map };
    },
    add(sha256: string, map: string): void {
      remove(sha256);
      maps.set(sha256, map);
      size += map.length;
      for (const oldest of maps.keys()) {
        if (size <= MOST_KEPT) return;
        remove(oldest);
      }
    },
  };
}

/**
 * Makes the handler of {@link SOURCE_MAPS_PATH}.
 * @param sourceMaps where they are kept. `undefined`: no debugger wants them. The path is answered all the same: a deployment that asks must
 * not appear in the trace as a refused request
 * @param token the control token, for each request
 */
export function createSourceMapControl(sourceMaps: Pick<SourceMaps, 'add'> | undefined, token: string) {
  if (sourceMaps === undefined) {
    const refuse = () =>
      controlRefusal(404, 'No debugger may attach: local AWS was started without --inspect.');
    return controlHandler(SOURCE_MAPS_PATH, token, { GET: refuse, PUT: refuse });
  }
  return controlHandler(SOURCE_MAPS_PATH, token, {
    GET: () => controlAnswer(200, {}),
    PUT({ body }) {
      const { success, output, issues } = v.safeParse(schema, parseJson(body.toString('utf8')));
      if (!success) return controlRefusal(400, `${issues.map((issue) => describeIssue(issue)).join('; ')}.`);
      for (const { sha256, map } of output.maps) sourceMaps.add(sha256, map);
      return controlAnswer(200, {});
    },
  });
}
