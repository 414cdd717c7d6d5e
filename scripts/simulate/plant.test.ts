import { defects, plant } from './plant.ts';

test.each(defects)('%s finds its place in the source', (_name, mutant) => {
  expect(plant(mutant)).toContain(mutant.to);
});

const mutant = { summary: '', file: 'package.json', from: 'a place', to: 'a defect' };

test('a defect is planted in its place', () => {
  expect(plant(mutant, 'in a place')).toBe('in a defect');
});

test.each(['in no place', 'in a place, and in a place'])(
  'a source that does not have the place once is named: %s',
  (source) => {
    expect(() => plant(mutant, source)).toThrow(
      /^package\.json must have the code .* once, and has it [02] times: a place$/,
    );
  },
);
