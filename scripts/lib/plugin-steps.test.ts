import { pluginSteps } from './plugin-steps.ts';

const files: Readonly<Record<string, string>> = {
  'api.ts': `import { first, second } from './steps.ts';
export default createPlugin({
  checks: [first],
  template: [
    // Last, because it needs the first.
    second('apiLogKeyId'),
  ],
  hints: [],
});
`,
  'caller.ts': `import { second } from './steps.ts';
import { third } from './third.ts';
export default createPlugin({
  checks: [],
  template: [third, second('callerLogKeyId')],
});
`,
  'plugin.ts': `
export interface Steps {
  /** Before packaging. */
  readonly checks: readonly Step[];
  /** Change the template. */
  readonly template: readonly Step[];
}
`,
  'steps.ts': `
/** Another step, whose name only begins like one. */
export const firstOfAll: Step = () => {};

/**
 * Checks a thing,
 * and stops | ends.
 *
 * The second paragraph is for who reads the code.
 */
export const first: Step = () => {};

/**
 * Does what {@link first} needs.
 * @throws Mistake
 */
export async function second(key: string) {}
`,
  'third.ts': `
/** Adds a role. */
export const third: Step = () => {};
`,
};
const read =
  (changed: Readonly<Record<string, string>> = {}) =>
  (file: string) => {
    const text = { ...files, ...changed }[file];
    if (text === undefined) throw new Error(`There is no file ${file}.`);
    return text;
  };

test('each list has its steps in their order, with the services that have them and the first paragraph of their docstrings', () => {
  expect(pluginSteps(read())).toEqual([
    {
      description: 'Before packaging.',
      steps: [{ name: 'first', service: 'api', description: 'Checks a thing, and stops \\| ends.' }],
    },
    {
      description: 'Change the template.',
      steps: [
        { name: 'second', service: 'both', description: 'Does what `first` needs.' },
        { name: 'third', service: 'caller', description: 'Adds a role.' },
      ],
    },
  ]);
});

test('a step without a docstring is named, and does not get that of another', () => {
  const source = '\n/** A helper. */\nconst helper = 1;\n\nexport const third: Step = () => {};\n';
  expect(() => pluginSteps(read({ 'third.ts': source }))).toThrow('the step third has no docstring');
});

test('the plugin has a docstring for each of its steps and lists', () => {
  const names = pluginSteps().flatMap(({ steps }) => steps.map(({ name }) => name));
  expect(names).toEqual(
    expect.arrayContaining(['checkRoutes', 'grantCalls', 'deployTwice', 'hintAtImageDigest']),
  );
});
