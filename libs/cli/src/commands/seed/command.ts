import { listenForInterruption } from '@cross-account-api/command-line';
import { findRoot } from '@cross-account-api/local-aws/state-directory';
import { command } from '../../command-line.ts';
import { readSeed, seedLocalAws } from '../../project/seed.ts';

export const seedCommand = command(
  {
    summary: 'Runs the command of the setting seed of stage local, against the local AWS that runs here.',
    manual:
      'The setting is in services/stages.yml. `start` and `demo` do this before the first deployment. For your own tests.',
  },
  {},
  async () => {
    const seed = readSeed();
    if (seed === undefined) return 0;
    await seedLocalAws(seed, findRoot(process.cwd()), listenForInterruption());
    return 0;
  },
);
