import fc from 'fast-check';
import { AwsError } from '../pipeline/errors.ts';
import { compileTemplate } from './rest-json.ts';

describe('path templates', () => {
  test.each([
    ['GET /restapis', 'GET', '/restapis', {}],
    ['GET /restapis', 'GET', '/restapis/', {}],
    ['GET /restapis/{id}', 'GET', '/restapis/abc', { id: 'abc' }],
    ['GET /restapis/{id}', 'GET', '/restapis/a%2Fb', { id: 'a/b' }],
    ['GET /restapis/{id}', 'POST', '/restapis/abc', undefined],
    ['GET /restapis/{id}', 'GET', '/restapis/abc/stages', undefined],
    ['GET /tags/{arn+}', 'GET', '/tags/arn:aws:x/y/z', { arn: 'arn:aws:x/y/z' }],
    ['GET /a.b', 'GET', '/axb', undefined],
  ])('%s takes %s %s as %j', (template, method, path, expected) => {
    const labels = compileTemplate(template)(method, path);
    expect(labels === undefined ? undefined : { ...labels }).toEqual(expected);
  });

  test('a label comes back as it was encoded', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (value) => {
        const path = `/functions/${encodeURIComponent(value)}/code`;
        expect(compileTemplate('PUT /functions/{Name}/code')('PUT', path)?.Name).toBe(value);
      }),
    );
  });

  test('a path that is not percent-encoded is refused', () => {
    expect(() => compileTemplate('GET /a/{b}')('GET', '/a/%zz')).toThrow(AwsError);
  });
});
