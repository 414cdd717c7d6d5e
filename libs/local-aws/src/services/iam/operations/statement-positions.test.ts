import { statementPositions } from './statement-positions.ts';

const shown = (text: string) =>
  statementPositions(text).map(({ start, end }) => `${start.line}:${start.col}-${end.line}:${end.col}`);

/* The positions that AWS's policy simulator returned for these texts, as public logs of it have them. */

test('the statement of AdministratorAccess begins after the bracket and ends after its brace', () => {
  const administrator = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    }
  ]
}`;
  expect(shown(administrator)).toEqual(['3:17-8:6']);
});

test('columns of a text on one line are counted as AWS counts them', () => {
  const text = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}';
  expect(shown(text)).toEqual([`1:41-1:${text.indexOf('}') + 2}`]);
});

test('a single statement begins after the colon', () => {
  expect(shown('{"Statement":{"Effect":"Allow"}}')).toEqual(['1:14-1:32']);
});

test('braces, brackets and the word Statement inside of statements do not count', () => {
  const first = '{"Sid":"Statement","Action":["a:b"],"Condition":{"Bool":{"\\"}Statement":"{[true"}}}';
  const text = `{"Id":"Statement",\n"Statement":[${first},\n{"Effect":"Deny"}],"Version":"2012-10-17"}`;
  expect(shown(text)).toEqual([`2:14-2:${14 + first.length}`, `2:${14 + first.length + 1}-3:18`]);
});
