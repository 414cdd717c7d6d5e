import { createSteps } from '../libs/cli/src/steps.ts';
import { packPackages, withDependencies } from './lib/pack-package.ts';
import { followQuickStart } from './test-packages/quick-start.ts';
import { testAsUsersDo } from './test-packages/tests-of-users.ts';
const tarballs = await packPackages('/tmp/tar49', createSteps());
const project = '/tmp/users49/notes';
const { rm, mkdir } = await import('node:fs/promises');
await rm('/tmp/users49', { recursive: true, force: true }); await mkdir(project, { recursive: true });
try { await followQuickStart(project, withDependencies(tarballs, ['local-aws']), process.execPath); console.log('quick start ok');
await testAsUsersDo(project, process.execPath); console.log('tests ok'); } catch (e) { console.log((e as Error).message); process.exitCode = 1; }
