import { resultsWith } from '../../probes/test-results.testing.ts';
import { compare } from './compare.ts';
import { renderComparison, renderGroup, renderResult, renderSummary, renderWait } from './render.ts';

const plain = (text: string) => text;
const options = {
  palette: { allowed: plain, denied: plain, strong: plain, faint: plain },
  width: 80,
};
const subjectOf = (stage: string) => ({
  name: `stage ${stage}`,
  explain: `npm run explain -- --stage ${stage}`,
  permissions: `npm run verify -- --required-permissions --stage ${stage}`,
});
const longest = { outcome: '403 MissingAuthenticationTokenException', message: 'word '.repeat(60) };
const passed = resultsWith(() => undefined);
const failed = resultsWith(() => longest);

test('no line has more than 80 columns, whatever the answers are', () => {
  const lines = [
    ...failed.flatMap((result) => [
      ...renderGroup(result, options).split('\n'),
      ...renderResult(result, options),
    ]),
    ...failed.flatMap(({ probe, observed }) => renderWait(probe, observed, 60, options)),
    ...renderSummary(failed, subjectOf('a-stage-with-the-longest-name-of-1'), ['note '.repeat(40)], options),
    ...renderComparison(compare(passed, failed), options),
  ];
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
});

test('a probe that passes is one line, and one that fails says what was expected and observed', () => {
  const [result] = passed;
  expect(renderResult(result!, options)).toEqual(['✔ acmeOrder (POST /acme-orders)          200']);
  expect(
    renderResult({ ...result!, observed: { outcome: '500', message: 'x' }, pass: false }, options),
  ).toEqual(['✘ acmeOrder (POST /acme-orders)          500', '    expected 2xx', '    observed 500: x']);
});

test('a declared refusal of the handler passes, and the line says who refused', () => {
  const [result] = passed;
  const expected = { outcome: '2xx or 412', refusals: ['412'] };
  const refused = {
    probe: { ...result!.probe, expected },
    observed: { outcome: '412', message: 'x' },
    pass: true,
  };
  expect(renderResult(refused, options)).toEqual([
    '✔ acmeOrder (POST /acme-orders)          412',
    '    refused by the handler, as the contract declares',
  ]);
});

test('the 500 of API Gateway is not said to be of the handler, and the line says whose answer it is', () => {
  const [result] = passed;
  const expected = { outcome: '2xx or 412', refusals: ['412'] };
  const observed = { outcome: '500 InternalServerErrorException', message: 'Internal server error' };
  const text = renderResult(
    { ...result!, probe: { ...result!.probe, expected }, observed, pass: false },
    options,
  ).join(' ');
  expect(text.replaceAll(/\s+/g, ' ')).toContain('the answer of API Gateway itself: the handler did not run');
  expect(text).not.toContain('refused by the handler');
});

test('a name that is too long for its column has lines above the outcome', () => {
  const [result] = passed;
  const name = `unsigned POST /accounts/{accountId}/orders/{orderId}/${'part/'.repeat(12)}`;
  const lines = renderResult({ ...result!, probe: { ...result!.probe, name } }, options);
  expect(lines[0]).toBe('✔ unsigned POST');
  expect(lines.at(-1)).toBe(`${' '.repeat(40)} 200`);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
});

test('a wait says what is repeated, why, and for how long', () => {
  const [first] = failed;
  const text = renderWait(first!.probe, { outcome: 'AssumeRoleDenied', message: 'x' }, 60, options).join(' ');
  expect(text.replaceAll(/\s+/g, ' ')).toBe(
    '… acmeOrder (POST /acme-orders) was refused (AssumeRoleDenied). AWS takes seconds to spread what a deployment has changed. It is repeated for up to 60 s.',
  );
});

test('the summary counts what failed, and says what to do about it', () => {
  expect(renderSummary(passed, subjectOf('dev'), [], options)).toEqual([
    '',
    `✔ All ${passed.length} probes of stage dev passed.`,
  ]);
  const text = renderSummary(failed, subjectOf('dev'), [], options).join(' ').replaceAll(/\s+/g, ' ');
  expect(text).toContain(
    `✘ ${failed.filter(({ pass }) => !pass).length} of ${failed.length} probes of stage dev failed.`,
  );
  expect(text).toContain('npm run explain -- --stage dev');
  expect(text).toContain('npm run verify -- --required-permissions --stage dev');
});

test('a comparison shows the answers of both, and says so if they are alike', () => {
  expect(renderComparison(compare(passed, passed), options)).toEqual([
    '✔ Local AWS answers every probe alike.',
  ]);
  const one = resultsWith((name) => (name === 'another stage' ? { outcome: '404', message: '' } : undefined));
  expect(renderComparison(compare(one, passed), options)).toEqual([
    `Local AWS answers 1 of ${passed.length} probes differently:`,
    '✘ another stage',
    '    stage 404',
    '    local 403 ForbiddenException: Forbidden',
  ]);
});
