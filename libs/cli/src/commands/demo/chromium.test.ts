import { startChromium } from './chromium.ts';

const { CHROMIUM } = process.env;
afterEach(() => {
  process.env.CHROMIUM = CHROMIUM;
  if (CHROMIUM === undefined) delete process.env.CHROMIUM;
});

test.each([
  ['/no/such/chromium', 'there is no such file'],
  [__dirname, 'is not a program'],
  [__filename, 'is not a program'],
  [process.execPath, 'did not start as Chromium'],
])('CHROMIUM=%s is not ignored: the error says that it %s', async (path, reason) => {
  process.env.CHROMIUM = path;
  await expect(startChromium()).rejects.toMatchObject({
    code: 'NO_CHROMIUM',
    message: expect.stringMatching(
      new RegExp(`^CHROMIUM=${path.replaceAll('.', '\\.')}: .*${reason}.*apt-get install chromium.*$`),
    ),
  });
});
