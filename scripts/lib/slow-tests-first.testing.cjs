const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * Starts slow tests before all others, so no worker waits for the last of them. Jest knows their durations
 * only after a first run.
 */
class SlowTestsFirst extends Sequencer {
  /**
   * @override
   * @param {Parameters<Sequencer['sort']>[0]} tests
   */
  async sort(tests) {
    const slow = /\/(scripts\/e2e|local-aws\/test|broken-pairs)\/|\.(stages|slow)\.test\.ts$/;
    const isSlow = (/** @type {{ path: string }} */ { path }) => slow.test(path);
    const sorted = await super.sort(tests);
    return sorted.sort((a, b) => Number(isSlow(b)) - Number(isSlow(a)));
  }
}

module.exports = SlowTestsFirst;
