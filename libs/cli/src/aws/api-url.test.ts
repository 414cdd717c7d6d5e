import { defaultOriginOf, followMapping, readApiUrl, urlOfStage } from './api-url.ts';

test.each([
  [
    'https://abc123.execute-api.eu-central-1.amazonaws.com/prod',
    { kind: 'default', apiId: 'abc123', region: 'eu-central-1', stage: 'prod' },
  ],
  [
    'https://abc123-vpce-0a1b2c.execute-api.cn-north-1.amazonaws.com.cn/dev/',
    { apiId: 'abc123', region: 'cn-north-1', stage: 'dev', vpcEndpointId: 'vpce-0a1b2c' },
  ],
  ['https://abc123.execute-api.eusc-de-east-1.amazonaws.eu/prod', { region: 'eusc-de-east-1' }],
  ['https://abc123.execute-api.eu-central-1.amazonaws.com/', { kind: 'default', stage: '$default' }],
  ['https://api.example.com', { kind: 'custom', domainName: 'api.example.com', segments: [] }],
  ['https://api.example.com/orders/v1/', { kind: 'custom', segments: ['orders', 'v1'] }],
])('%s is read', (text, expected) => {
  expect(readApiUrl(text)).toMatchObject(expected);
});

test.each([
  ['abc123', /must be a URL/],
  ['ftp://a.b/c', /must be a URL/],
  ['https://abc123.execute-api.eu-central-1.amazonaws.com/prod/parcels', /--route takes method and path/],
  ['https://api.example.com/?a=1', /--route takes method and path/],
])('%s is refused with what to do', (text, message) => {
  expect(() => readApiUrl(text)).toThrow(message);
});

const mappings = [
  { basePath: '(none)', restApiId: 'root', stage: 'prod' },
  { basePath: 'orders', restApiId: 'orders', stage: '(none)' },
  { basePath: 'orders/v2', restApiId: 'orders2', stage: 'two' },
];

test.each([
  [[], { apiId: 'root', stage: 'prod' }],
  [['ordersx'], { apiId: 'root', stage: 'prod' }],
  [['orders', 'dev'], { apiId: 'orders', stage: 'dev' }],
  [['orders'], undefined],
  [['orders', 'v2'], { apiId: 'orders2', stage: 'two' }],
])('the path %j belongs to %j', (segments, expected) => {
  expect(followMapping({ segments }, mappings)).toEqual(expected);
});

test('without a mapping, a path belongs to no API', () => {
  expect(followMapping({ segments: ['a'] }, [{ basePath: 'b', restApiId: 'b', stage: 's' }])).toBeUndefined();
});

test.each([
  [
    'https://abc123.execute-api.eu-west-1.amazonaws.com/prod',
    'https://abc123.execute-api.eu-west-1.amazonaws.com',
  ],
  [
    'https://abc123-vpce-0a1b.execute-api.eu-west-1.amazonaws.com/prod',
    'https://abc123-vpce-0a1b.execute-api.eu-west-1.amazonaws.com',
  ],
  // A custom domain has one stage.
  ['https://api.example.com/orders', 'https://abc123.execute-api.cn-north-1.amazonaws.com.cn'],
])('the stages of the API at %s are at %s', (url, origin) => {
  const region = url.includes('example') ? 'cn-north-1' : 'eu-west-1';
  expect(defaultOriginOf(readApiUrl(url), { apiId: 'abc123', region })).toBe(origin);
});

test('without an API, the address is all that is known', () => {
  expect(defaultOriginOf(readApiUrl('https://api.example.com/orders'), undefined)).toBe(
    'https://api.example.com',
  );
});

test('a stage is a segment of the path, but not $default', () => {
  expect(urlOfStage('https://a', 'prod')).toBe('https://a/prod');
  expect(urlOfStage('https://a', '$default')).toBe('https://a');
});
