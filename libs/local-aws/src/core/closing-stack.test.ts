import { ClosingStack } from './closing-stack.ts';

test('everything is closed in reverse order and once, also after an error', async () => {
  const closed: string[] = [];
  const stack = new ClosingStack();
  stack.defer(() => closed.push('first'));
  stack.defer(async () => {
    throw new Error('It cannot be closed.');
  });
  stack.defer(() => closed.push('last'));
  await expect(stack[Symbol.asyncDispose]()).rejects.toThrow('It cannot be closed.');
  await stack[Symbol.asyncDispose]();
  expect(closed).toEqual(['last', 'first']);
});

test('several errors are one, which has all messages', async () => {
  const stack = new ClosingStack();
  for (const name of ['second', 'first']) {
    stack.defer(() => {
      throw new Error(`The ${name} stays.`);
    });
  }
  await expect(stack[Symbol.asyncDispose]()).rejects.toThrow('The first stays.\nThe second stays.');
});

test('a stack that has handed everything over closes nothing', async () => {
  const closed: string[] = [];
  let kept: ClosingStack | undefined;
  {
    await using stack = new ClosingStack();
    stack.defer(() => closed.push('part'));
    kept = stack.move();
  }
  expect(closed).toEqual([]);
  await kept[Symbol.asyncDispose]();
  expect(closed).toEqual(['part']);
});
