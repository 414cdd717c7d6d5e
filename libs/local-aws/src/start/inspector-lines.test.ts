import { createInspectorLines } from './inspector-lines.ts';

let printed: string[];
const lines = (option: string) => createInspectorLines(option, (line) => void printed.push(line));
beforeEach(() => {
  printed = [];
});

test('names have commas between them, and no name means all functions', () => {
  expect(lines('').functions).toBeUndefined();
  expect(lines('hello').functions).toEqual(['hello']);
  expect(lines('hello, orders').functions).toEqual(['hello', 'orders']);
  expect(() => lines('hello,')).toThrow(
    '--inspect=hello,: name a function, several with commas between them, or none for all.',
  );
});

test('the ports of the first deployment are printed together once all are ready, and later ones when they open', async () => {
  const inspectors = lines('');
  inspectors.print('127.0.0.1:9229  hello');
  expect(printed).toEqual([]);
  await inspectors.begin({ inspectorsReady: async () => inspectors.print('127.0.0.1:9230  orders') });
  expect(printed).toEqual([
    expect.stringContaining('Debuggers can attach to these ports'),
    '  127.0.0.1:9229  hello',
    '  127.0.0.1:9230  orders',
    expect.stringContaining('Unlike on AWS, these functions are never frozen'),
  ]);
  inspectors.print('127.0.0.1:9231  hello: a further environment');
  expect(printed.at(-1)).toContain('127.0.0.1:9231  hello: a further environment');
});

test('before the first deployment, it is said that ports will follow', async () => {
  await lines('').begin({ inspectorsReady: async () => {} });
  expect(printed[0]).toContain('each gets a line with its port');
});
