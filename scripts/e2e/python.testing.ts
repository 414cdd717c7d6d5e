import { spawnSync } from 'node:child_process';

/** Whether this machine has Python with boto3. Tests without it are skipped, and say so. */
export const hasBoto3 = spawnSync('python3', ['-c', 'import boto3']).status === 0;

if (!hasBoto3) {
  console.warn('python3 with boto3 is not installed: the tests of the caller in Python did NOT run.');
}
