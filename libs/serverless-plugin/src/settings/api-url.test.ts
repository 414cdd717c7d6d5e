import { regionInUrl } from './api-url.ts';

test.each([
  ['https://abc123.execute-api.us-east-1.amazonaws.com/dev', 'us-east-1'],
  ['https://abc123.execute-api.cn-north-1.amazonaws.com.cn/dev', 'cn-north-1'],
  ['https://abc123-vpce-0a1b2c3d.execute-api.eu-west-1.amazonaws.com/dev', 'eu-west-1'],
  ['https://vpce-0a1b2c3d-x.execute-api.eu-west-1.vpce.amazonaws.com/dev', 'eu-west-1'],
  ['https://api.example.com/messages', undefined],
  ['https://abc123.execute-api.us-east-1.example.com/dev', undefined],
  ['https://example.com/a.execute-api.us-east-1.amazonaws.com', undefined],
  ['no URL', undefined],
  [undefined, undefined],
])('the region of %s is %s', (given, region) => {
  expect(regionInUrl(given)).toBe(region);
});
