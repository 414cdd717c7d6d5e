import { A, type Running, startRunning } from '../running.testing.ts';
import { createAssumers } from './assumers.testing.ts';
import { type Bed, createBed } from './bed.testing.ts';
import { createVisitors } from './resource-policies.testing.ts';
import { createKeys } from './signatures.testing.ts';
import { matrixTemplate } from './template.testing.ts';

/** What the cases of a matrix share. */
export interface Matrix {
  readonly running: Running;
  readonly bed: Bed;
  readonly keys: Awaited<ReturnType<typeof createKeys>>;
  readonly assumers: Awaited<ReturnType<typeof createAssumers>>;
}

/**
 * One local AWS and one stack, for every situation in which a request is allowed or refused. A row of a table has the situation, the setup,
 * and the answer with the statement that decided or the policy that was missing.
 * @returns what is there once the tests run
 */
export function useMatrix(): () => Matrix {
  let matrix: Matrix;
  beforeAll(async () => {
    const running = await startRunning();
    await createVisitors(createBed(running, {}));
    const bed = createBed(running, await running.deploy(A, 'matrix', matrixTemplate()));
    matrix = { running, bed, keys: await createKeys(bed, A), assumers: await createAssumers(bed) };
  });
  afterAll(async () => {
    await matrix.running.close();
    expect(matrix.running.defects).toEqual([]);
  });
  return () => matrix;
}
