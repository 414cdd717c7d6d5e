import { faultsCommand } from '../libs/local-aws/src/cli/faults.ts';
import { runCommand } from './lib/command-line.ts';

const { options, main, ...about } = faultsCommand;
await runCommand('faults', { ...about, page: 'libs/local-aws/REFERENCE.md#faults' }, options, main);
