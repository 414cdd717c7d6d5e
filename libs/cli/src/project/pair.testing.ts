import { join } from 'node:path';

/** A project that stands beside the tests of the commands: its names and routes stay, whatever the services of this repository have. */
export const pairProject = join(__dirname, '../../test/pair');

/** Makes a test file's commands act in {@link pairProject}, as if it was the working directory. */
export function workInPairProject(): void {
  beforeAll(() => jest.spyOn(process, 'cwd').mockReturnValue(pairProject));
  afterAll(() => jest.restoreAllMocks());
}
