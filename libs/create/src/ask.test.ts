import { PassThrough } from 'node:stream';
import { askOptions } from './ask.ts';

/** Answers each question as it comes. */
async function ask(answers: readonly string[], given = {}) {
  const input = new PassThrough();
  const output = new PassThrough();
  const left = [...answers];
  let printed = '';
  output.on('data', (chunk) => {
    printed += chunk;
    if (!/: $/.test(String(chunk))) return;
    const answer = left.shift();
    if (answer === undefined) input.end();
    else input.write(`${answer}\n`);
  });
  const options = await askOptions('orders', given, { input, output });
  return { options, printed, left };
}

test('empty answers take the defaults, which follow from the name', async () => {
  const { options } = await ask(['shop', '', '', '', '', '']);
  expect(options).toEqual({
    name: 'shop',
    scope: '@shop',
    region: 'us-east-1',
    accessMode: 'assume-role',
    alarms: false,
    ci: true,
  });
});

test('a wrong answer is refused with the rule, and asked for again; what is given is not asked for', async () => {
  const given = {
    name: 'orders',
    region: 'eu-west-1',
    accessMode: 'resource-policy',
    ci: false,
  };
  const { options, printed } = await ask(['acme', '@acme', 'perhaps', 'n'], given);
  expect(options).toEqual({ ...given, scope: '@acme', alarms: false });
  expect(printed).toContain('The scope "acme" must be an npm scope');
  expect(printed).toContain('Answer yes or no, not "perhaps".');
});

test('an end of the input makes nothing', async () => {
  await expect(ask(['orders'])).rejects.toThrow('Nothing was made: the questions were not answered.');
});
