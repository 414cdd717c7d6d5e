import { faultsCommand } from '../libs/local-aws/src/cli/faults.ts';
import { runCommand } from './lib/command-line.ts';

await runCommand('faults', faultsCommand.summary, faultsCommand.options, faultsCommand.main);
