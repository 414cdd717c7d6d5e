import type { StageSettings } from '@cross-account-api/serverless-plugin';
import {
  type CallerService,
  callerOfOther,
  callsOfStage,
  grantOf,
  optionsOf,
  otherApi,
} from './call-choice.ts';

const service = (calls: Readonly<Record<string, readonly string[]>>): CallerService => ({
  folder: 'services/caller',
  calls: new Map(Object.entries(calls)),
});
const granting = (name: string, functionKey: string, folder = 'services/caller') =>
  ({ name, deployment: { folder, function: functionKey } }) as unknown as StageSettings['callers'][number];
const settings = {
  callers: [granting('reports', 'report'), granting('exports', 'report', 'services/export')],
};

/** The function that calls `billing`. */
const choose = (calls: Readonly<Record<string, readonly string[]>>, caller?: string) =>
  callerOfOther({ stage: 'dev', settings, api: 'billing', caller }, service(calls));

test('a function of the caller’s service is found by its entry of callers, and by its own name', () => {
  const reports = { entry: 'reports', functionKey: 'report' };
  expect(grantOf(settings, 'reports', service({}))).toEqual(reports);
  expect(grantOf(settings, 'report', service({}))).toEqual(reports);
  expect(grantOf(settings, 'exports', service({}))).toBeUndefined();
  expect(grantOf(settings, 'unknown', service({}))).toBeUndefined();
});

test('a caller of another account that has the name of a function is not taken for that function', () => {
  const { callers } = settings;
  const partner = { name: 'report' } as StageSettings['callers'][number];
  expect(grantOf({ callers: [...callers, partner] }, 'report', service({}))).toBeUndefined();
});

test.each([
  ['the first function, if it does', { caller: ['billing'], report: ['billing'] }, undefined, 'caller'],
  ['the only one that does', { caller: ['api'], report: ['billing'] }, undefined, 'report'],
  ['the one that is asked for', { caller: ['billing'], report: ['billing'] }, 'report', 'report'],
  ['the one of an entry', { caller: ['billing'], report: ['billing'] }, 'reports', 'report'],
])('another API is called by %s', (_which, calls, caller, functionKey) => {
  expect(choose(calls, caller)).toMatchObject({ functionKey });
});

test.each([
  [
    'if no function calls it',
    { caller: ['api'] },
    undefined,
    'No function of services/caller calls "billing".',
  ],
  [
    'if the function does not call it',
    { caller: ['billing'] },
    'report',
    '--caller report: no function "report" of services/caller calls "billing". caller calls it.',
  ],
  [
    'if several do, and none is the first',
    { a: ['billing'], b: ['billing'] },
    undefined,
    /a and b call "billing"\. Choose one with --caller, such as .*--stage dev --api billing --caller a$/,
  ],
])('it is refused %s', (_when, calls, caller, message) => {
  expect(() => choose(calls, caller)).toThrow(message);
});

test('an API that the stage does not have is refused with those that it has', () => {
  expect(() => otherApi({ apis: [] }, 'dev', 'billing')).toThrow(
    'dev.apis has no API "billing". It has none.',
  );
});

test('the calls of a stage are those of all functions, the default first', () => {
  const calls = callsOfStage(
    settings,
    service({ report: ['api', 'billing'], later: ['api'], caller: ['api', 'billing'] }),
  );
  // No entry grants the function "later".
  expect(calls.map(optionsOf)).toEqual([
    '',
    ' --api billing',
    ' --caller reports',
    ' --api billing --caller report',
  ]);
  expect(callsOfStage(settings, undefined)).toEqual([]);
});
