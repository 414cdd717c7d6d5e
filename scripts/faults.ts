import { faultsCommand } from '@cross-account-api/local-aws/cli';
import { runCommand } from './lib/command-line.ts';

await runCommand('faults', faultsCommand.summary, faultsCommand.options, faultsCommand.main);
