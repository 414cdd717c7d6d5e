import type { FunctionDefinition } from '../framework.ts';
import { projectWith } from '../project.testing.ts';
import { readStageSettings } from '../settings/read.ts';
import { checkResponses } from './check-responses.ts';

/** The variables of functions in stage `local` with these settings. */
function variablesWith(entry: string) {
  const functions: Record<string, FunctionDefinition> = {
    orders: { name: 'orders', environment: { TABLE: 't' } },
    own: { name: 'own', environment: { CHECK_RESPONSES: 'false' } },
    plain: { name: 'plain' },
  };
  checkResponses(functions, readStageSettings('local', projectWith(`local: ${entry}`)), {});
  return Object.values(functions).map(({ environment }) => environment);
}

test('in stage local, each function checks its responses, unless its own variable says something else', () => {
  expect(variablesWith('{}')).toEqual([
    { CHECK_RESPONSES: 'true', TABLE: 't' },
    { CHECK_RESPONSES: 'false' },
    { CHECK_RESPONSES: 'true' },
  ]);
});

test('a stage with checkResponses: false has no such variable', () => {
  expect(variablesWith('{ checkResponses: false }')).toEqual([
    { TABLE: 't' },
    { CHECK_RESPONSES: 'false' },
    undefined,
  ]);
});
