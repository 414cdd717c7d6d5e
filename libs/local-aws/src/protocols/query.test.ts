import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import * as v from 'valibot';
import { AwsError } from '../core/errors.ts';
import type { AwsRequest } from '../core/request.ts';
import { operationsOf } from './operation.ts';
import { parseQueryParameters, queryEndpoint, toXml } from './query.ts';

// The unit `binary` means the same, but fast-check makes a table of all code points for it, which takes most of a second.
const codePoint = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code));
const parse = (text: string) => parseQueryParameters(new URLSearchParams(text));
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the query string', () => {
  test.each([
    ['Action=A&Version=1', { Action: 'A', Version: '1' }],
    [
      'Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.2.Key=c',
      { Tags: [{ Key: 'a', Value: 'b' }, { Key: 'c' }] },
    ],
    ['Ids.member.10=j&Ids.member.2=b', { Ids: ['b', 'j'] }],
    ['Filter.1=x', { Filter: ['x'] }],
    ['Capabilities.member.1=', { Capabilities: [''] }],
  ])('%s is decoded', (text, expected) => {
    expect(plain(parse(text))).toEqual(expected);
  });

  test.each([
    ['with a name that is given twice', 'A=1&A=2'],
    ['with a value in the place of an object', 'A.B=1&A=2'],
    ['with an object in the place of a value', 'A=1&A.B=2'],
    ['with names that are nested too deep', `${'a.'.repeat(50)}b=1`],
  ])('%s is malformed', (_what, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'MalformedQueryString' }));
  });

  test('never pollutes a prototype', () => {
    const name = fc.array(fc.constantFrom('__proto__', 'constructor', 'prototype', 'member', '1', 'a'), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string())), (parameters) => {
        try {
          parseQueryParameters(
            new URLSearchParams(parameters.map(([path, value]): [string, string] => [path.join('.'), value])),
          );
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
        expect('polluted' in {}).toBe(false);
      }),
    );
  });
});

test('XML escapes its values', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[ -~]+$/).filter((text) => text.trim() === text),
      (text) => {
        const parser = new XMLParser({ parseTagValue: false, trimValues: false });
        expect(parser.parse(toXml({ Message: text })).Message).toBe(text);
      },
    ),
  );
});

describe('a query endpoint', () => {
  const endpoint = queryEndpoint({
    signingName: 'sts',
    version: '2011-06-15',
    namespace: 'urn:x',
    operations: [
      operationsOf('x')('Greet', {
        input: v.object({ Name: v.string() }),
        requires: () => [],
        handle: ({ Name }) => ({
          Greeting: `hello ${Name}`,
          Names: [Name],
          At: new Date(0),
          Nothing: undefined,
        }),
      }),
    ],
  });
  const request = (body: string): AwsRequest => ({
    requestId: 'id-1',
    method: 'POST',
    host: 'sts.amazonaws.com',
    rawPath: '/',
    rawQuery: '',
    headers: [],
    body: Buffer.from(body),
    sourceIp: '127.0.0.1',
    secureTransport: true,
    receivedAt: new Date(),
  });
  const call = { accountId: '1', region: 'r' } as never;

  test('answers in XML, with lists, dates and the request ID', async () => {
    const { body } = await endpoint
      .route(request('Action=Greet&Version=2011-06-15&Name=a%26b'))
      .dispatch(call);
    expect(new XMLParser().parse(body.toString())).toMatchObject({
      GreetResponse: {
        GreetResult: { Greeting: 'hello a&b', Names: { member: 'a&b' }, At: '1970-01-01T00:00:00.000Z' },
        ResponseMetadata: { RequestId: 'id-1' },
      },
    });
  });

  test.each([
    ['a request without an action', '', 'MissingAction'],
    ['another version', 'Action=Greet&Version=1999-01-01', 'InvalidAction'],
    ['an operation that it does not have', 'Action=Dance', 'NotImplemented'],
    ['an operation named like a member of Object', 'Action=constructor', 'NotImplemented'],
  ])('refuses %s', (_what, body, code) => {
    expect(() => endpoint.route(request(body))).toThrow(expect.objectContaining({ code }));
  });

  test('names the parameter that breaks the schema', () => {
    const route = endpoint.route(request('Action=Greet'));
    expect(() => route.questions({} as never)).toThrow(/name/i);
  });

  test('writes an error as an XML document in the service’s namespace', () => {
    const error = (status: number) => {
      const response = endpoint.fail(new AwsError('Oops', 'a < b & c', status), request(''));
      expect(response).toMatchObject({
        status,
        headers: { 'content-type': 'text/xml', 'x-amzn-requestid': 'id-1' },
      });
      return new XMLParser({ ignoreAttributes: false }).parse(response.body.toString()).ErrorResponse;
    };
    expect(error(400)).toEqual({
      '@_xmlns': 'urn:x',
      Error: { Type: 'Sender', Code: 'Oops', Message: 'a < b & c' },
      RequestId: 'id-1',
    });
    expect(error(500).Error.Type).toBe('Receiver');
  });

  test('refuses an unsigned request with status 403, as query services do', () => {
    const response = endpoint.refuse({ step: 'authentication', failure: { kind: 'missing' } }, request(''));
    expect(response.status).toBe(403);
    expect(response.body).toContain('<Code>MissingAuthenticationToken</Code>');
  });
});

test('characters that XML cannot hold do not break the document', () => {
  fc.assert(
    fc.property(fc.string({ unit: codePoint }), (text) => {
      expect(XMLValidator.validate(toXml({ Message: text }))).toBe(true);
      expect(toXml({ Message: text })).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
    }),
  );
});
