import { formatErrors } from './function-bundle.ts';

const at = { color: false, width: 80 };
const error = (text: string) => ({
  id: '',
  pluginName: '',
  text,
  location: null,
  notes: [],
  detail: undefined,
});

test('errors of the bundler fit on one screen, however many there are', async () => {
  const one = await formatErrors([error('Could not resolve "./other.ts"')], at);
  expect(one).toContain('[ERROR] Could not resolve "./other.ts"');

  const five = await formatErrors(['a', 'b', 'c', 'd', 'e'].map(error), at);
  expect(five).toContain('[ERROR] c');
  expect(five).not.toContain('[ERROR] d');
  expect(five).toMatch(/\n2 more errors\.$/);

  const long = await formatErrors([error(Array.from({ length: 100 }, (_, index) => index).join('\n'))], at);
  expect(long.split('\n').length).toBeLessThanOrEqual(21);
});
