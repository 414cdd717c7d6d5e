import type { LinkKind } from '../../chain/link.ts';
import { startTestPair, type TestPair } from '../test-pair.testing.ts';
import type { BrokenPair } from './breaks.testing.ts';
import { type BreakablePair, deployPair } from './pair.testing.ts';

/** The change in `--json` for each repair. */
const changeOf = { statement: 'add statement', request: 'request', command: 'setting' } as const;

/** The refusal of a call, by the broken link of its chain. */
const refusals: Readonly<Partial<Record<LinkKind, RegExp>>> = {
  configuration: /ResourceNotFoundException: Function not found/,
  'function role': /cannot be assumed by Lambda|^500 /,
  'assume role': /AccessDenied: .* is not authorized to perform: sts:AssumeRole/,
  'session length': /ValidationError/,
  signature: /^403 .*Credential should be scoped/,
  endpoint: /^403 /,
  deployment: /^403 .*(Missing Authentication Token|Forbidden)/,
  'invoke route': /^403 .*is not authorized to perform: execute-api:Invoke/,
  throttling: /^429 .*Too Many Requests/,
  'invoke function': /^500 .*Internal server error/,
};

/** Tests each break of pairs. Call it once in a test file. */
export function testPairs(pairs: readonly BrokenPair[]): void {
  jest.setTimeout(120_000);

  let local: TestPair;
  beforeAll(async () => {
    local = await startTestPair({ deploy: false });
  });
  afterAll(() => local?.close());

  describe.each(pairs)('a pair whose caller %s', (_what, shape, breaks) => {
    let pair: BreakablePair;
    beforeAll(async () => {
      pair = await deployPair(local, shape);
    });
    afterEach(() => pair?.restore());
    afterAll(() => pair?.close());

    test('works, and its chain holds', async () => {
      expect(await pair.call()).toMatchObject({ succeeds: true });
      expect(await pair.explain()).toMatchObject({ exitCode: 0, broken: [] });
    });

    test.each(breaks)('%s → %s, repaired by %s', async (_break, named, repairedBy, breakPair) => {
      await breakPair(pair);
      const [first = 'configuration'] = [named].flat();
      expect(await pair.call()).toEqual({
        succeeds: false,
        answer: expect.stringMatching(refusals[first] ?? /./),
      });

      const { exitCode, broken, unread, text } = await pair.explain();
      expect(broken.map(({ kind }) => kind)).toEqual([named].flat());
      // The permissions of a missing resource cannot be told. Everything else can.
      if (!broken.some(({ missing }) => missing !== undefined)) expect(unread).toEqual([]);
      expect(exitCode).toBe(1);

      const changes = broken.flatMap(({ remedies }) => remedies);
      if (repairedBy instanceof RegExp) {
        expect(text).toMatch(repairedBy);
        expect(changes).toEqual([]);
        // Nothing to try. The next test finds any link that is still broken.
        return;
      }
      const kinds = new Set(changes.map(({ change }) => change));
      expect(kinds).toEqual(new Set([repairedBy].flat().map((each) => changeOf[each])));
      for (const change of changes) await pair.apply(change);

      expect(await pair.call()).toMatchObject({ succeeds: true });
      expect(await pair.explain()).toMatchObject({ exitCode: 0, broken: [] });
    });
  });
}
