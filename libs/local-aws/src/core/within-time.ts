import { createContext, Script } from 'node:vm';

/** Work took longer than its limit, and was ended. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
  readonly code = 'TimeLimit';
}

const context: { work: (() => unknown) | undefined } = { work: undefined };
createContext(context);
const runner = new Script('work()');

/**
 * Runs work on foreign text, such as a regular expression of a template, and ends it after some time. Nothing else interrupts V8's regular
 * expressions: a thread for them would be ended with the whole process. A call costs some 0.1 ms.
 * @param ms the limit, in milliseconds
 * @param pure changes no state: it can be ended anywhere
 * @throws TimeLimitError
 * @see https://nodejs.org/api/vm.html#scriptrunincontextcontextifiedobject-options
 */
export function withinTime<Result>(ms: number, pure: () => Result): Result {
  const { work: outer } = context;
  let result: { readonly value: Result } | undefined;
  context.work = () => {
    result = { value: pure() };
  };
  try {
    runner.runInContext(context, { timeout: ms });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
  } finally {
    context.work = outer;
  }
  if (result === undefined) throw new TimeLimitError(`It took longer than ${ms} ms.`);
  return result.value;
}
