import type { EnvironmentContext, JestEnvironmentConfig } from '@jest/environment';
import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';

let run: { readonly config: JestEnvironmentConfig['globalConfig']; failed: boolean } | undefined;

/**
 * Jest's environment: skips all tests of a run after the first failure, which is enough to notice a mutant. Otherwise
 * each test of a call that no longer ends would wait for its time-out.
 */
export default class StopAtFirstFailure extends TestEnvironment {
  constructor(config: JestEnvironmentConfig, context: EnvironmentContext) {
    super(config, context);
    if (run?.config !== config.globalConfig) run = { config: config.globalConfig, failed: false };
  }

  handleTestEvent(event: Circus.Event): void {
    if (run === undefined) return;
    if (event.name === 'test_done') run.failed ||= event.test.errors.length > 0;
    if (event.name === 'test_start' && run.failed) event.test.mode = 'skip';
  }
}
