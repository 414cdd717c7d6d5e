import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openEc2 } from './ec2.ts';

let server: Server;
let answer = '';
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

test.each([
  ['quotes', '{"a":"b"}'],
  ['named references', '{&quot;a&quot;:&quot;b&quot;}'],
  ['decimal references', '{&#34;a&#34;:&#34;b&#34;}'],
  ['hexadecimal references', '{&#x22;a&#x22;:&#x22;b&#x22;}'],
])('a policy is read from an answer with %s', async (_what, text) => {
  answer = `<DescribeVpcEndpointsResponse><policyDocument>${text}</policyDocument></DescribeVpcEndpointsResponse>`;
  const ask = await openEc2({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
  });
  expect(await ask('DescribeVpcEndpoints', {})).toEqual({ policyDocument: '{"a":"b"}' });
});
