import fc from 'fast-check';
import { physicalName } from './resource-actions.ts';

describe('physicalName', () => {
  test('a physical name is made of stack, logical ID and a random part, and cut to the maximal length', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,80}$/);
    fc.assert(
      fc.property(name, name, fc.integer({ min: 20, max: 128 }), (stack, id, maxLength) => {
        const made = physicalName(stack, id, { maxLength });
        expect(made.length).toBeLessThanOrEqual(maxLength);
        expect(made).toMatch(/^[A-Za-z0-9]+-[A-Za-z0-9]+-[A-Za-z0-9]{12}$/);
        if (stack.length + id.length + 14 <= maxLength) expect(made).toContain(`${stack}-${id}-`);
      }),
    );
    expect(physicalName('app', 'Fn')).not.toBe(physicalName('app', 'Fn'));
  });
});
