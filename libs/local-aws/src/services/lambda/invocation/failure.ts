import type { FunctionFailure } from '../../../core/function-failure.ts';
import { isObject } from '../../../core/is-object.ts';
import { parseJson } from '../../../core/parse-json.ts';

/** A failure, without the function. */
export type LoggedFailure = Omit<FunctionFailure, 'functionArn' | 'files'>;

/** The trace keeps so many characters of a message, and so many lines of a stack. */
const MAX_MESSAGE = 2_000;
const MAX_STACK_LINES = 30;

/** Powertools has `ERROR` and `CRITICAL`, pino 50 and 60. */
const ERROR_LEVEL = /"level":\s*(?:"(?:error|fatal|critical)"|[56]0\b)/i;

/** The first line of a stack, after any other text: `failed TypeError [ERR_INVALID_URL]: Invalid URL`. */
const NAMED_ERROR = /\b(\w{0,100}(?:Error|Exception))(?: \[\w+\])?: ([\s\S]*)$/;

/**
 * Reads the error document of a failed invocation: `errorType`, `errorMessage` and, if the function threw, `trace`.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
 */
export function readFailure(document: Uint8Array): LoggedFailure {
  return failureOf(parseJson(Buffer.from(document).toString())) ?? failure('Error', '', '');
}

/**
 * Reads an error that a function has logged: as JSON, as Powertools and pino write it, or with `console.error`.
 * @param line a log event
 * @returns `undefined` if it is no error with a stack
 */
export function readLoggedFailure(line: string): LoggedFailure | undefined {
  if (line.startsWith('{')) {
    const document = ERROR_LEVEL.test(line) ? parseJson(line) : undefined;
    if (!isObject(document)) return undefined;
    const { error, err, message } = document;
    return [error, err, message, document].map(failureOf).find((found) => found?.stack.length);
  }
  const [, text] = /^\S+\t\S+\t(?:ERROR|FATAL)\t([\s\S]*)$/.exec(line) ?? [];
  const found = text === undefined ? undefined : failureOf({ stack: text });
  return found?.stack.length ? found : undefined;
}

/** An error as JSON. Powertools names its type `name`, pino `type`, and Lambda `errorType`. */
function failureOf(document: unknown): LoggedFailure | undefined {
  if (!isObject(document)) return undefined;
  const { trace, stack = trace ?? document.stackTrace } = document;
  const text = Array.isArray(stack) ? stack.join('\n') : String(stack ?? '');
  const type = document.errorType ?? document.name ?? document.type;
  const message = document.errorMessage ?? document.message;
  if (typeof type === 'string') return failure(type, String(message ?? ''), text);
  const [head = ''] = text.split(/\n\s+at /, 1);
  const [, name, rest = ''] = NAMED_ERROR.exec(head) ?? /^([A-Z][\w.]*): ([\s\S]*)$/.exec(head) ?? [];
  return name === undefined ? undefined : failure(name, rest, text);
}

function failure(errorType: string, errorMessage: string, stack: string): LoggedFailure {
  // Node's lines, and Python's.
  const lines = stack.split('\n').filter((line) => /^\s+(?:at |File ")/.test(line));
  return {
    errorType,
    errorMessage: errorMessage.trim().slice(0, MAX_MESSAGE),
    stack: lines.slice(0, MAX_STACK_LINES).map((line) => line.trim()),
  };
}
