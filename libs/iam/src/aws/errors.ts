import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A service, its operations as words, and AWS's sentences by the names of the errors, which are words, too. */
export type DocumentedService = readonly [
  service: string,
  operations: string,
  errors: Readonly<Record<string, string>>,
];

/** What a service of AWS says of one of its errors. */
export interface DocumentedError {
  /** @example 'AWS STS' */
  readonly service: string;
  /** @example 'ExpiredTokenException' */
  readonly name: string;
  /** The sentences of the service's model. They tell what the error is, and neither its cause here nor a remedy. */
  readonly says: string;
}

/** A row for each service, from the models of the SDK's clients. */
const ERRORS = join(import.meta.dirname, 'errors.jsonl');

let table: readonly DocumentedService[] | undefined;

/**
 * Finds errors of STS, API Gateway, Lambda, IAM and CloudFormation by their names in a text, with AWS's sentences about them.
 * @returns none if the text names another service or operation
 */
export function documentedErrors(text: string): readonly DocumentedError[] {
  const words = [...new Set(text.match(/\b[A-Z][A-Za-z]{5,60}\b/g))];
  if (words.length === 0) return [];
  table ??= readFileSync(ERRORS, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as DocumentedService);
  return table
    .filter((row) => isOf(row, text))
    .flatMap(([service, , errors]) =>
      Object.entries(errors).flatMap(([names, says]) => {
        const name = names.split(' ').find((each) => words.includes(each));
        return name === undefined ? [] : [{ service, name, says }];
      }),
    );
}

/** Whether a text can be about a service: the client names the service, or the operation, or neither. */
function isOf([service, operations]: DocumentedService, text: string): boolean {
  const named = [
    ...text.matchAll(/\(Service: ?"?([\w ]+)|operation error ([\w ]+):|\bService=([\w ]+)/g),
  ].flatMap(([, ...groups]) => groups.find((each) => each !== undefined) ?? []);
  if (named.length > 0) return named.some((each) => identifiers[service]?.test(each));
  const called = [...text.matchAll(/when calling the (\w+) operation|operation error [\w ]+: (\w+)/g)];
  const names = operations.split(' ');
  return called.length === 0 || called.some(([, operation = '']) => names.includes(operation));
}

/** The names that SDKs give the services. */
const identifiers: Readonly<Record<string, RegExp>> = {
  'AWS STS': /^(sts|awssecuritytokenservice)$/i,
  'Amazon API Gateway': /^(amazon)?api ?gateway(v2)?$/i,
  'AWS Lambda': /^(aws)?lambda$/i,
  'AWS IAM': /^(iam|amazonidentitymanagement)$/i,
  'AWS CloudFormation': /^(amazon)?cloudformation$/i,
};
