import type { LinkKind } from '../../../call/link.ts';
import type { BrokenPair } from './breaks.testing.ts';
import { type BreakablePair, deployPair } from './pair.testing.ts';
import type { Outcome, Place } from './place.testing.ts';

/** The change in `--json` for each repair. */
const changeOf = { statement: 'add statement', request: 'request', command: 'setting' } as const;

/** The refusal of a call, by the broken link of its chain. */
const refusals: Readonly<Partial<Record<LinkKind, RegExp>>> = {
  configuration: /ResourceNotFoundException: Function not found/,
  'function state': /TooManyRequestsException: Rate Exceeded|^500 .*Internal server error/,
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

/** The ways in which a place differs from AWS. */
export interface Differences {
  /** The links that nobody can judge there, as the place does not show what decides about them. */
  readonly unread: readonly LinkKind[];
  /** The breaks that it does not show, or does not let repair. By their words. */
  readonly breaks: ReadonlyMap<string, 'not shown' | 'not repaired'>;
}

/** Tests each break of pairs. Call it once in a test file. */
export function testPairs(
  pairs: readonly BrokenPair[],
  start: () => Promise<Place>,
  differences: Differences = { unread: [], breaks: new Map() },
): void {
  const names = new Set(pairs.flatMap(([, , breaks]) => breaks.map(([what]) => what)));
  for (const what of differences.breaks.keys())
    if (!names.has(what)) throw new Error(`No pair has the break "${what}".`);

  let place: Place;
  beforeAll(async () => {
    place = await start();
  });
  afterAll(() => place?.close());

  const sound = {
    exitCode: differences.unread.length === 0 ? 0 : 2,
    broken: [],
    unread: differences.unread.map((kind) => expect.objectContaining({ kind })),
  };

  describe.each(pairs)('a pair whose caller %s', (_what, shape, breaks) => {
    let pair: BreakablePair;
    beforeAll(async () => {
      pair = await deployPair(place, shape);
    });
    afterEach(() => pair?.restore());
    afterAll(() => pair?.close());

    test('works, and its chain holds', async () => {
      await expectCall(pair, { succeeds: true });
      expect(await pair.explain()).toMatchObject(sound);
    });

    test.each(breaks)('%s → %s, repaired by %s', async (what, named, repairedBy, breakPair) => {
      await breakPair(pair);
      const [first = 'configuration'] = [named].flat();
      await expectCall(pair, { succeeds: false, answer: expect.stringMatching(refusals[first] ?? /./) });

      const { exitCode, broken, unread, text } = await pair.explain();
      if (differences.breaks.get(what) === 'not shown') {
        expect({ exitCode, broken, unread }).toEqual({ ...sound, exitCode: 2 });
        return;
      }
      expect(broken.map(({ kind }) => kind)).toEqual([named].flat());
      // The permissions of a missing resource cannot be told. Everything else can.
      if (!broken.some(({ missing }) => missing !== undefined))
        expect(unread.filter(({ kind }) => !differences.unread.includes(kind))).toEqual([]);
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
      if (differences.breaks.get(what) === 'not repaired') return;
      for (const change of changes) await pair.apply(change);

      await expectCall(pair, { succeeds: true });
      expect(await pair.explain()).toMatchObject(sound);
    });
  });
}

/** Makes a call, where the place runs functions. */
async function expectCall(pair: BreakablePair, outcome: Partial<Outcome>): Promise<void> {
  const call = pair.call();
  if (call !== undefined) expect(await call).toMatchObject(outcome);
}
