import { continueTrace, lineageOf, parseTraceHeader } from './trace-header.ts';

const now = new Date('2026-11-24T12:00:00Z');
const root = '1-5759e988-bd862e3fe1be46a994272793';
const parent = '53995c3f42cd8ad8';
const received = `Root=${root};Parent=${parent};Sampled=1`;

test('The caller’s trace goes on, with a new segment or with the caller’s.', () => {
  const renewed = continueTrace(received, now, { tracing: false, keepsParent: false });
  expect(renewed).toMatch(new RegExp(`^Root=${root};Parent=[0-9a-f]{16};Sampled=1$`));
  expect(renewed).not.toContain(parent);
  expect(continueTrace(received, now, { tracing: false, keepsParent: true })).toBe(received);
});

test.each([
  [undefined, true, '1'],
  [undefined, false, '0'],
  [`Root=${root};Sampled=0`, true, '0'],
  ['Root=\r\nrubbish;Sampled=7', false, '0'],
])('With the header %j and tracing %s, the new header says Sampled=%s.', (header, tracing, sampled) => {
  const next = continueTrace(header, now, { tracing, keepsParent: true });
  expect(next).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01]$/);
  expect(parseTraceHeader(next).sampled).toBe(sampled);
});

describe('the lineage', () => {
  // The example of X-Ray's documentation.
  const lineage = 'a87bd80c:1|68fd508a:5|c512fbe3:2';

  test.each([lineage, lineage.replaceAll('|', '%7C'), lineage.replaceAll('|', '%7c')])(
    'is read from the field Lineage=%s, and is passed on by Lambda only',
    (text) => {
      const header = `${received};Lineage=${text}`;
      expect([...lineageOf(header)]).toEqual([
        ['a87bd80c', 1],
        ['68fd508a', 5],
        ['c512fbe3', 2],
      ]);
      const options = { tracing: false, keepsParent: true };
      expect(continueTrace(header, now, options)).toBe(received);
      expect(continueTrace(header, now, { ...options, lineage: lineageOf(header) })).toBe(
        `${received};Lineage=${lineage}`,
      );
    },
  );

  test.each([
    '',
    undefined,
    'Lineage=x:1',
    'Lineage=a87bd80c:1000',
    `Lineage=${'a87bd80c:1|'.repeat(999)}a87bd80c:1`,
  ])('is empty for the header %j', (header) => {
    expect(lineageOf(header).size).toBe(0);
  });
});
