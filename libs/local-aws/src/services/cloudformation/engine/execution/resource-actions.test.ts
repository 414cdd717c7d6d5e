import fc from 'fast-check';
import { physicalName } from './resource-actions.ts';

describe('physicalName', () => {
  test('a physical name is made of stack, logical ID and a random part, and cut to the maximal length', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,80}$/);
    fc.assert(
      fc.property(
        name,
        name,
        fc.integer({ min: 20, max: 128 }),
        fc.boolean(),
        (stack, id, maxLength, lowerCase) => {
          const made = physicalName(stack, id, { maxLength, lowerCase });
          expect(made.length).toBeLessThanOrEqual(maxLength);
          expect(made).toMatch(
            lowerCase ? /^[a-z0-9]+-[a-z0-9]+-[a-z0-9]{12}$/ : /^[A-Za-z0-9]+-[A-Za-z0-9]+-[A-Z0-9]{12}$/,
          );
          if (stack.length + id.length + 14 <= maxLength && !lowerCase)
            expect(made).toContain(`${stack}-${id}-`);
        },
      ),
    );
    expect(physicalName('app', 'Fn')).not.toBe(physicalName('app', 'Fn'));
  });
});
