import { FrameworkError, frameworkFor } from '../framework.testing.ts';
import { explainFunctionErrors } from './function-error.ts';

/** Prints an answer of Lambda, as the framework does. @returns what is printed, and the error */
function print(answer: object, payload: unknown, stage = 'local') {
  const printed: unknown[] = [];
  const plugin = {
    hooks: { 'invoke:invoke': () => {} },
    log({ FunctionError, Payload }: { FunctionError?: string; Payload: Uint8Array }) {
      printed.push(JSON.parse(Buffer.from(Payload).toString()));
      if (FunctionError !== undefined) throw new FrameworkError('Invoked function failed', 'FAILED');
    },
  };
  explainFunctionErrors(
    frameworkFor({ command: 'invoke', optionFunction: 'report', plugins: [{}, plugin] }),
    stage,
  );
  try {
    plugin.log({ ...answer, Payload: Buffer.from(JSON.stringify(payload)) });
    return { printed };
  } catch (error) {
    return { printed, error };
  }
}

const thrown = { errorType: 'InvalidEvent', errorMessage: 'The event is\nwrong.', trace: ['at a', 'at b'] };

test('the error of a function that threw is its message, line by line, with the command that maps its stack', () => {
  const { printed, error } = print({ FunctionError: 'Unhandled' }, thrown);
  expect(printed).toEqual([{ errorType: 'InvalidEvent', errorMessage: 'The event is\nwrong.' }]);
  expect(error).toBeInstanceOf(FrameworkError);
  expect(String(error)).toMatch(/^Error: InvalidEvent: The event is\nwrong\.\n\nnpm run explain shows why/);
});

test('on AWS, the error of a function names function and stage in the command that maps its stack', () => {
  const { error } = print({ FunctionError: 'Unhandled' }, thrown, 'dev');
  expect(String(error)).toContain(
    'npm run --silent logs -- --function report --stage dev | npm run --silent stack-trace -- --stage dev',
  );
});

test('the answer of a function that succeeded is printed as it is, also if it looks like an error', () => {
  expect(print({}, thrown)).toEqual({ printed: [thrown] });
});

test('a failure without a stack, such as a time-out, is printed by the framework', () => {
  const { printed, error } = print({ FunctionError: 'Unhandled' }, { errorMessage: 'Task timed out' });
  expect(printed).toEqual([{ errorMessage: 'Task timed out' }]);
  expect(String(error)).toBe('Error: Invoked function failed');
});
