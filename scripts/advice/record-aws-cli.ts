import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { awsCommands, packageTexts } from './texts.ts';

/*
 * Writes aws-cli.json: the options of each command of the AWS CLI that a text tells people to type, as the AWS CLI itself has them.
 * Needs a python3 that has awscli. Commands that only version 2 has are listed in ../advice.test.ts.
 */
const recorded = execFileSync('python3', [join(import.meta.dirname, 'aws-cli.py')], {
  input: awsCommands(packageTexts()).join('\n'),
  encoding: 'utf8',
});
writeFileSync(join(import.meta.dirname, 'aws-cli.json'), recorded);
