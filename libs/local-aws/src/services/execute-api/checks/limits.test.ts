import { createGateway, summary } from '../gateway.testing.ts';

const message = (text: string) => JSON.stringify({ message: text });

describe('limits', () => {
  test('a body over 10 MB is refused with 413', async () => {
    const gateway = await createGateway();
    const body = Buffer.alloc(10 * 1024 * 1024 + 1);
    expect(summary(await gateway.sendRaw({ method: 'POST', body }))).toEqual({
      status: 413,
      errorType: 'RequestTooLongException',
      body: message('Request Too Long'),
    });
  });

  test('an event over 6 MB, which has the body as text, does not reach the function', async () => {
    const gateway = await createGateway();
    // In JSON, each quotation mark has two characters.
    const body = Buffer.from('"'.repeat(3_145_728));
    expect(summary(await gateway.send({ method: 'POST', body }))).toEqual({
      status: 413,
      errorType: 'BadRequestException',
      body: message('Request Too Long'),
    });
    expect(gateway.invoked).toEqual([]);
    expect((await gateway.send({ method: 'POST', body: Buffer.alloc(6_000_000, 'x') })).status).toBe(200);
  });

  test('headers over 10,240 bytes are refused, and shorter ones are not', async () => {
    const gateway = await createGateway();
    const send = (length: number) => gateway.sendRaw({ headers: [['x-long', 'x'.repeat(length)]] });
    expect(summary(await send(10_241))).toEqual({
      status: 431,
      errorType: 'RequestHeaderFieldsTooLargeException',
      body: message('HTTP header is larger than 10240 bytes.'),
    });
    expect((await send(9_000)).status).not.toBe(431);
  });

  test('requests beyond the burst and rate of a method are refused with 429 until time has passed', async () => {
    const gateway = await createGateway({
      stage: {
        MethodSettings: [
          { ResourcePath: '/*', HttpMethod: '*', ThrottlingBurstLimit: 2, ThrottlingRateLimit: 1 },
        ],
      },
    });
    const statuses = async (method: string, count: number) => {
      const answers: number[] = [];
      for (let index = 0; index < count; index += 1) answers.push((await gateway.send({ method })).status);
      return answers;
    };
    expect(await statuses('GET', 3)).toEqual([200, 200, 429]);
    expect(await statuses('POST', 1)).toEqual([200]);
    gateway.clock.advance(1_000);
    expect(await statuses('GET', 2)).toEqual([200, 429]);
    // Even after a long pause, only the burst passes at once.
    gateway.clock.advance(60_000);
    expect(await statuses('GET', 3)).toEqual([200, 200, 429]);
    expect(summary(await gateway.send({}))).toEqual({
      status: 429,
      errorType: 'TooManyRequestsException',
      body: message('Too Many Requests'),
    });
  });

  test('a clock that is set back takes no request away from a method', async () => {
    const gateway = await createGateway({
      stage: {
        MethodSettings: [
          { ResourcePath: '/*', HttpMethod: '*', ThrottlingBurstLimit: 3, ThrottlingRateLimit: 1 },
        ],
      },
    });
    const statuses: number[] = [];
    for (const milliseconds of [0, -60_000, 0, 0, 1_000]) {
      gateway.clock.advance(milliseconds);
      statuses.push((await gateway.send({})).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429, 200]);
  });

  // AWS's own example of the encoding: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-stage-methodsetting.html
  test.each(['/~1resource~1subresource', '/resource/subresource'])(
    'the limits that a template gives the method of %s hold for it alone',
    async (ResourcePath) => {
      const gateway = await createGateway({
        routes: [{ path: '/resource/subresource' }, { path: '/resource/other' }],
        stage: {
          MethodSettings: [
            { ResourcePath, HttpMethod: 'GET', ThrottlingBurstLimit: 1, ThrottlingRateLimit: 1 },
          ],
        },
      });
      const statusOf = async (path: string) =>
        (await gateway.send({ rawPath: `/dev/resource/${path}` })).status;
      expect([await statusOf('subresource'), await statusOf('subresource')]).toEqual([200, 429]);
      expect([await statusOf('other'), await statusOf('other')]).toEqual([200, 200]);
    },
  );

  test('refused requests do not count towards the limits', async () => {
    const gateway = await createGateway({
      stage: {
        MethodSettings: [
          { ResourcePath: '/*', HttpMethod: '*', ThrottlingBurstLimit: 1, ThrottlingRateLimit: 1 },
        ],
      },
    });
    for (let index = 0; index < 3; index += 1) await gateway.sendRaw({});
    expect((await gateway.send({})).status).toBe(200);
  });
});

describe('request validation', () => {
  const parameters = {
    'method.request.querystring.q': true,
    'method.request.header.x-tenant': true,
    'method.request.header.x-optional': false,
  };
  const gatewayThat = (validator: object, routeProperties: object) =>
    createGateway({
      async prepare(workbench, RestApiId) {
        await workbench.create('AWS::ApiGateway::Model', {
          RestApiId,
          Name: 'Message',
          Schema: {
            $schema: 'http://json-schema.org/draft-04/schema#',
            type: 'object',
            required: ['foo'],
            properties: {
              foo: { type: 'string' },
              slow: { type: 'string', pattern: '^(a+)+$' },
              // Draft 4: a boolean, unlike later drafts.
              count: { type: 'number', minimum: 0, exclusiveMinimum: true },
            },
          },
        });
        await workbench.create('AWS::ApiGateway::Model', {
          RestApiId,
          Name: 'Envelope',
          Schema: {
            type: 'object',
            properties: {
              inner: { $ref: `https://apigateway.amazonaws.com/restapis/${RestApiId}/models/Message` },
            },
          },
        });
        await workbench.create('AWS::ApiGateway::Model', {
          RestApiId,
          Name: 'Greeting',
          ContentType: 'text/plain',
          Schema: 'a greeting',
        });
        const created = await workbench.create('AWS::ApiGateway::RequestValidator', {
          RestApiId,
          ...validator,
        });
        return { RequestValidatorId: created.physicalId };
      },
      routes: [
        {
          path: '/messages',
          method: 'POST',
          properties: (prepared) => ({ ...prepared, ...routeProperties }),
        },
      ],
    });
  const json = 'application/json';

  test.each<[string, string, string, string | undefined, number]>([
    ['conforms', 'Message', '{"foo":"bar"}', json, 200],
    ['conforms, with a charset', 'Message', '{"foo":"bar"}', 'Application/JSON; charset=utf-8', 200],
    ['lacks a member', 'Message', '{}', json, 400],
    ['has a member of another type', 'Message', '{"foo":1}', json, 400],
    ['is at an exclusive minimum', 'Message', '{"foo":"a","count":0}', json, 400],
    ['is not JSON', 'Message', '{', json, 400],
    ['is absent', 'Message', '', undefined, 400],
    ['has no content type', 'Message', '{}', undefined, 400],
    ['is of a type without model', 'Message', 'anything', 'text/plain', 200],
    ['conforms to a model that refers to another', 'Envelope', '{"inner":{"foo":"a"}}', json, 200],
    ['breaks the other model', 'Envelope', '{"inner":{}}', json, 400],
  ])('a body that %s is checked against the model %s', async (_what, model, body, type, status) => {
    const gateway = await gatewayThat({ ValidateRequestBody: true }, { RequestModels: { [json]: model } });
    const answer = summary(
      await gateway.send({
        method: 'POST',
        body,
        ...(type === undefined ? {} : { headers: [['content-type', type]] }),
      }),
    );
    expect(answer.status).toBe(status);
    if (status === 400) {
      expect(answer).toMatchObject({
        errorType: 'BadRequestException',
        body: message('Invalid request body'),
      });
    }
  });

  test('a body for which a pattern of the model takes for ever is refused with the reason', async () => {
    const gateway = await gatewayThat(
      { ValidateRequestBody: true },
      { RequestModels: { [json]: 'Message' } },
    );
    const send = (slow: string) =>
      gateway.send({
        method: 'POST',
        body: JSON.stringify({ foo: 'a', slow }),
        headers: [['content-type', json]],
      });
    expect(summary(await send(`${'a'.repeat(60)}!`))).toMatchObject({
      status: 400,
      body: expect.stringContaining('local AWS ended its validation after 1000 ms'),
    });
    expect((await send('aaa')).status).toBe(200);
  });

  test.each([
    ['application/json', '{"foo":"a"}', 200],
    ['application/json', '{}', 400],
    ['text/plain', '{"foo":"a"}', 200],
    ['text/plain', 'anything', 400],
  ])(
    'the model of $default applies to every content type: for %s and the body %s, the answer is %s',
    async (type, body, status) => {
      const gateway = await gatewayThat(
        { ValidateRequestBody: true },
        { RequestModels: { $default: 'Message' } },
      );
      const headers = [['content-type', type]] as const;
      expect((await gateway.send({ method: 'POST', body, headers })).status).toBe(status);
    },
  );

  test.each(['hello', '{"foo":1}', ''])('a free-form model accepts the body %j', async (body) => {
    const RequestModels = { 'text/plain': 'Greeting', [json]: 'Message' };
    const gateway = await gatewayThat({ ValidateRequestBody: true }, { RequestModels });
    const headers = [['content-type', 'text/plain']] as const;
    expect((await gateway.send({ method: 'POST', body, headers })).status).toBe(200);
  });

  test('a request without the required parameters is refused, and the answer lists them', async () => {
    const gateway = await gatewayThat({ ValidateRequestParameters: true }, { RequestParameters: parameters });
    expect(summary(await gateway.send({ method: 'POST' }))).toEqual({
      status: 400,
      errorType: 'BadRequestException',
      body: message('Missing required request parameters: [x-tenant, q]'),
    });
    const complete = { method: 'POST', rawQuery: 'q=', headers: [['x-tenant', 'a']] as const };
    expect((await gateway.send(complete)).status).toBe(200);
  });

  test('a validator checks only what it is configured to check', async () => {
    const gateway = await gatewayThat(
      {},
      { RequestParameters: parameters, RequestModels: { [json]: 'Message' } },
    );
    expect((await gateway.send({ method: 'POST', body: '{' })).status).toBe(200);
  });

  test('a caller without permission does not learn whether the body is valid', async () => {
    const gateway = await gatewayThat(
      { ValidateRequestBody: true },
      { RequestModels: { [json]: 'Message' } },
    );
    expect((await gateway.sendRaw({ method: 'POST', body: Buffer.from('{}') })).status).toBe(403);
  });
});
