import { listenForInterruption } from '@cross-account-api/command-line';
import { findRoot } from '@cross-account-api/local-aws/state-directory';
import { command } from '../../command-line.ts';
import { readSeed, seedLocalAws } from '../../project/seed.ts';

export const seedCommand = command(
  'Runs the command of the setting seed of stage local in services/stages.yml, against the local AWS that runs here. start and demo do this before the first deployment. For your own tests.',
  {},
  async () => {
    const seed = readSeed();
    if (seed === undefined) return 0;
    await seedLocalAws(seed, findRoot(process.cwd()), listenForInterruption());
    return 0;
  },
);
