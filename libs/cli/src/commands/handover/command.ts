import { relative } from 'node:path';
import { terminalPalette } from '@cross-account-api/command-line';
import { command } from '../../command-line.ts';
import { readContract } from '../../project/contract.ts';
import { projectRoot } from '../../project/project.ts';
import { filesOf } from './files.ts';
import { handoverHelp, handoverOptions, readHandoverRequest } from './help.ts';
import { readHandover } from './read-handover.ts';
import { writeFiles } from './write-files.ts';

const { strong, faint } = terminalPalette;

export const handoverCommand = command(handoverHelp, handoverOptions, async (values) => {
  const { stage, caller, out } = readHandoverRequest(values);
  const root = process.env.LOCAL_AWS_ROOT ?? projectRoot();
  const handover = await readHandover(stage, caller, root, process.env);
  const files = filesOf(handover, readContract());
  const folder = await writeFiles(out, files);
  const { accountId, roleArn, apiUrl, region, invokeRole, routes } = handover;
  if (values.json === true) {
    const facts = {
      stage,
      caller,
      accountId,
      roleArn,
      apiUrl,
      region,
      routes,
      invokeRoleArn: invokeRole?.arn,
    };
    const document = { ...facts, folder, files: files.map(({ name }) => name) };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return 0;
  }
  const width = Math.max(...files.map(({ name }) => name.length));
  const lines = [
    `${strong(`${relative(process.cwd(), folder) || '.'}/`)} has what the team of account ${accountId} needs to call as ${roleArn}:`,
    ...files.map(({ name, what }) => `  ${name.padEnd(width)}  ${faint(what)}`),
    '',
    invokeRole === undefined
      ? 'The folder holds no secret.'
      : 'The folder holds the external ID. It is no secret like a key, but only this team should have it: send the folder to nobody else.',
    'Only you can read the files (mode 0600).',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
});
