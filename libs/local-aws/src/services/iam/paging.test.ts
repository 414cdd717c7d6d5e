import fc from 'fast-check';
import { pageOf } from './paging.ts';

it('visits every item once, whatever the page size', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string(), { maxLength: 60 }).map((names) => names.sort()),
      fc.integer({ min: 1, max: 20 }),
      (names, MaxItems) => {
        const visited: string[] = [];
        let Marker: string | undefined;
        do {
          const { items, rest } = pageOf(names, (name) => name, { MaxItems, Marker });
          expect(items.length).toBeLessThanOrEqual(MaxItems);
          visited.push(...items);
          Marker = rest.Marker;
        } while (Marker !== undefined);
        expect(visited).toEqual(names);
      },
    ),
  );
});

it('refuses markers that it did not make', () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !Buffer.from(text, 'base64url').toString().startsWith('after:')),
      (Marker) => expect(() => pageOf(['a'], (name) => name, { Marker })).toThrow('Invalid Marker'),
    ),
  );
});
