import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let project: string;

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'package-service-'));
  await cp(join(__dirname, '../template/test'), join(project, 'test'), { recursive: true });
  await mkdir(join(project, 'services/caller'), { recursive: true });
});
afterEach(() => rm(project, { recursive: true }));

test("a project's test that cannot package a service says what the Serverless CLI printed", async () => {
  const programs = join(project, 'node_modules/.bin');
  await mkdir(programs, { recursive: true });
  await writeFile(
    join(programs, 'serverless'),
    '#!/bin/sh\necho "Add these lines to services/stages.yml"\necho "✖ report calls the API" >&2\nexit 1\n',
  );
  await chmod(join(programs, 'serverless'), 0o755);
  const { packageService } = require(join(project, 'test/package-service.ts'));
  await expect(packageService(project, 'caller')).rejects.toThrow(
    /services\/caller failed:.*Add these lines to services\/stages\.yml.*report calls the API/s,
  );
});
