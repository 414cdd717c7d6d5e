import fc from 'fast-check';
import { releasesAfter } from './releases.ts';

const changelog = `# Changelog

This package follows semantic versioning.

## 0.4.0

- **The setting a is gone.** Remove it.
- **Security: a caller of another account
  was let in.** Update.

## 0.3.1

- Faster.

## 0.3.0

- **Security: \u001b[31mred\u001b[0m ${'x'.repeat(400)}.**

## 0.2.0

- First.
`;

test('the releases after a version are named, with the weaknesses that they mend', () => {
  expect(releasesAfter('0.3.1', changelog)).toEqual([
    { version: '0.4.0', weaknesses: ['a caller of another account was let in'] },
  ]);
  expect(releasesAfter('0.4.0', changelog)).toEqual([]);
  expect(releasesAfter('0.2.0', changelog)?.map(({ version }) => version)).toEqual([
    '0.4.0',
    '0.3.1',
    '0.3.0',
  ]);
});

test('a change log without the version tells nothing', () => {
  expect(releasesAfter('0.1.0', changelog)).toBeUndefined();
  expect(releasesAfter('0.2', changelog)).toBeUndefined();
  expect(releasesAfter('0.2.0', '')).toBeUndefined();
});

test('a text from elsewhere is one line of limited length, which no terminal obeys', () => {
  const texts = releasesAfter('0.2.0', changelog)?.flatMap(({ weaknesses }) => weaknesses) ?? [];
  for (const text of texts) expect(text).toMatch(/^[^\p{Cc}]{1,300}$/u);
  fc.assert(
    fc.property(fc.string(), (text) => {
      const read = releasesAfter('1.0.0', `## 1.0.1\n\n- **Security: ${text}**\n\n## 1.0.0\n`) ?? [];
      for (const weakness of read.flatMap(({ weaknesses }) => weaknesses))
        expect(weakness).not.toMatch(/\p{Cc}/u);
    }),
  );
});
