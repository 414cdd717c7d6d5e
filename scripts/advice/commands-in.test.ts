import { commandsIn, stringsIn } from './commands-in.ts';

const shown = (text: string) => commandsIn(text).map((command) => command.text);

test.each([
  ['Look: aws iam get-role --role-name <name> shows its tags.', ['aws iam get-role --role-name <name>']],
  [
    'aws lambda get-policy lists them, aws lambda remove-permission removes one.',
    ['aws lambda get-policy', 'aws lambda remove-permission'],
  ],
  ['Deploy: npx sls api:deploy --stage <…>. Then call.', ['npx sls api:deploy --stage <…>']],
  ['`npm run repair -- --stage dev --yes` puts it back', ['npm run repair -- --stage dev --yes']],
  [
    'npm run --silent logs -- --function <…> | npm run --silent stack-trace',
    ['npm run --silent logs -- --function <…>', 'npm run --silent stack-trace'],
  ],
  [
    'aws iam put-role-policy --policy-name a \\\n  --policy-document file://a.json',
    ['aws iam put-role-policy --policy-name a --policy-document file://a.json'],
  ],
  [
    'aws apigateway get-api-keys --query "items[].[id,name]"',
    ['aws apigateway get-api-keys --query "items[].[id,name]"'],
  ],
  ['  <…> kms enable-key --key-id <…>', ['<…> kms enable-key --key-id <…>']],
  [
    'Wait: aws lambda wait function-updated --function-name <name>',
    ['aws lambda wait function-updated --function-name <name>'],
  ],
  [
    'kubectl -n kube-system get pods -o wide -l app=a. It answers',
    ['kubectl -n kube-system get pods -o wide -l app=a'],
  ],
  ['local AWS, aws4fetch and @aws-sdk/client-sts are no commands', []],
])('in %j, what is typed is found, and the sentence around it is not', (text, commands) => {
  expect(shown(text)).toEqual(commands);
});

test('an option and its value belong together, and a flag has none', () => {
  const [add] = commandsIn('aws lambda add-permission --principal "*" --invoked-via-function-url. Then');
  expect(add).toMatchObject({ program: 'aws', words: ['lambda', 'add-permission'] });
  expect([...(add?.options ?? [])]).toEqual([
    ['principal', '"*"'],
    ['invoked-via-function-url', undefined],
  ]);
});

test('strings are found wherever they are, with a placeholder for what is computed', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a source
  const source = "const a = `x ${f('inner')} y`; const b = { c: ['one' + d + 'two'] };";
  expect(stringsIn(source, false)).toEqual(['x <…> y', 'inner', 'one<…>two']);
  expect(stringsIn('const e = <p title="shown">text</p>;', true)).toContain('shown');
});
