import fc from 'fast-check';
import { ownPath } from './own-path.ts';

test.each([
  ['/', '/', {}, '/'],
  ['/messages', '/messages', {}, '/messages'],
  ['/messages/', '/messages', {}, '/messages/'],
  ['/exchange/messages/', '/messages', {}, '/messages/'],
  ['/exchange', '/', {}, '/'],
  ['/messages/a%20b', '/messages/{id}', { id: 'a%20b' }, '/messages/a%20b'],
  ['/exchange/files/a/b', '/files/{path+}', { path: 'a/b' }, '/files/a/b'],
  ['/a/$&/b', '/a/{id}/b', { id: '$&' }, '/a/$&/b'],
])('ownPath removes a base path from %s at the resource %s', (path, resourcePath, pathParameters, own) => {
  expect(ownPath({ path, pathParameters, requestContext: { resourcePath } })).toBe(own);
});

test('the own path of a request without a base path is its path', () => {
  const segment = fc.stringMatching(/^[\w%{}.~$-]{1,9}$/);
  const segments = fc.array(fc.record({ value: segment, isParameter: fc.boolean() }), { minLength: 1 });
  fc.assert(
    fc.property(segments, fc.constantFrom('', '/'), (parts, end) => {
      const named = parts.map(({ value, isParameter }, index) => ({
        value: isParameter ? value : value.replaceAll(/[{}]/g, ''),
        template: isParameter ? `{p${index}}` : value.replaceAll(/[{}]/g, ''),
      }));
      const path = `/${named.map(({ value }) => value).join('/')}${end}`;
      const resourcePath = `/${named.map(({ template }) => template).join('/')}`;
      const pathParameters = Object.fromEntries(named.map(({ value }, index) => [`p${index}`, value]));
      fc.pre(!resourcePath.endsWith('/'));
      expect(ownPath({ path, pathParameters, requestContext: { resourcePath } })).toBe(path);
    }),
  );
});
