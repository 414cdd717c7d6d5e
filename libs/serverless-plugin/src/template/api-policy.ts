import type { Resource } from '../framework.ts';
import { type Fault, refuse } from '../mistake.ts';
import { propertiesOf } from '../properties.ts';

const PATH = 'Resources.ApiGatewayRestApi.Properties.Policy';

/** A statement that a step adds to the API's resource policy. */
interface Statement {
  readonly Sid: string;
  readonly [element: string]: unknown;
}

/**
 * Adds statements to the resource policy of the API, behind those that serverless.yml has. Its `Version` stays.
 * @param setting for which they are added, for messages
 * @throws Refusal if the policy has a form to which no statement can be added, or a statement with the same `Sid`
 */
export function addToApiPolicy(
  { Properties }: Resource,
  statements: readonly Statement[],
  setting: string,
): void {
  const { Policy: own } = Properties;
  if (statements.length === 0) return;
  // The framework writes an empty text for no policy.
  if (own === undefined || own === null || own === '') {
    Properties.Policy = { Version: '2012-10-17', Statement: statements };
    return;
  }
  const { Statement } = propertiesOf(own);
  const ownStatements = Array.isArray(Statement) ? Statement : [Statement];
  if (!Array.isArray(Statement) && propertiesOf(Statement).Effect === undefined) {
    const [path, value] = Statement === undefined ? [PATH, own] : [`${PATH}.Statement`, Statement];
    refuse([
      {
        path,
        rule: `is ${formOf(value)}, to which the setting ${setting} cannot add its statements.`,
        remedy: 'Write Version and a list Statement, and Fn::If around single statements of the list.',
      },
    ]);
  }
  refuse(
    ownStatements.flatMap((each, index): Fault[] =>
      statements
        .filter(({ Sid }) => sidsOf(each).includes(Sid))
        .map(({ Sid }) => ({
          path: `${PATH}.Statement.${index}`,
          rule: `has the Sid ${Sid}, which a statement of the setting ${setting} has, too.`,
          remedy: 'Give it another Sid.',
        })),
    ),
  );
  Properties.Policy = { ...propertiesOf(own), Statement: [...ownStatements, ...statements] };
}

/** @example 'Fn::If' */
function formOf(value: unknown): string {
  if (typeof value === 'string') return 'a text';
  const [key = ''] = Object.keys(propertiesOf(value));
  return /^(?:Fn::|Ref$)/.test(key) ? key : 'no policy with statements';
}

/** The Sid of a statement, or those of the branches of a `Fn::If`. */
function sidsOf(statement: unknown): readonly unknown[] {
  const { Sid, 'Fn::If': branches } = propertiesOf(statement);
  return Array.isArray(branches) ? branches.slice(1).flatMap(sidsOf) : [Sid];
}
