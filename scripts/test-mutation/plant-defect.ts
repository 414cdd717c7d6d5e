import type { SyncTransformer } from '@jest/transform';
import { createTransformer } from '@swc/jest';
import { chooseDefect, plantIn } from '../simulate/plant.ts';

chooseDefect(process.env.PLANTED_DEFECT);

/** Jest's transformer: compiles sources as in all other tests, with the defect of the variable `PLANTED_DEFECT` in its place. */
export default {
  createTransformer(given: Parameters<typeof createTransformer>[0]): SyncTransformer {
    // It works synchronously, which its type leaves open.
    const inner = createTransformer(given) as SyncTransformer;
    return {
      process: (source, path, options) => inner.process(plantIn(path, source), path, options),
      getCacheKey: (source, path, options) => inner.getCacheKey?.(plantIn(path, source), path, options) ?? '',
    };
  },
};
