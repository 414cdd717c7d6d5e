import { type LambdaFixture, lambdaFixture } from '../lambda.testing.ts';

describe('Lambda', () => {
  let lambda: LambdaFixture;
  afterEach(() => lambda.service.close());

  const deploy = async (source: string, settings?: object) => {
    lambda = lambdaFixture();
    return lambda.deploy('worker', source, settings);
  };

  test('50 MB of logs, in many lines or in one, do not fill the memory of the function', async () => {
    await deploy(
      `exports.handler = async ({ lines, length }) => {
      const text = 'x'.repeat(length);
      for (let line = 0; line < lines; line += 1) console.log(text);
      return lines;
    }`,
      { Timeout: 60 },
    );
    expect((await lambda.invoke('worker', { lines: 51_200, length: 1_023 })).json).toBe(51_200);
    expect((await lambda.invoke('worker', { lines: 1, length: 50 * 1024 * 1024 })).json).toBe(1);
  });

  test('50 MB in one write do not fill the memory of the function, and the callback comes after them', async () => {
    await deploy(
      `exports.handler = async () => {
      const text = 'x'.repeat(50 * 1024 * 1024);
      await new Promise((resolve) => process.stdout.write(text, 'utf8', resolve));
      return 'written';
    }`,
      { Timeout: 60 },
    );
    const { json } = await lambda.invoke('worker');
    expect(json).toBe('written');
    const logged = lambda.logged.get('/aws/lambda/worker') ?? [];
    expect(logged.filter((line) => /^x+$/.test(line)).join('')).toHaveLength(50 * 1024 * 1024);
  });
});
