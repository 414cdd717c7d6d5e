import { deploymentWith } from '../deployment.testing.ts';
import type { Framework } from '../framework.ts';
import { checkApiRegion, regionInUrl, setApiRegion } from './api-region.ts';

const CUSTOM = 'https://api.example.com/messages';
const url = (region: string, domain = 'amazonaws.com') =>
  `https://abc123.execute-api.${region}.${domain}/dev`;

test.each([
  [url('us-east-1'), 'us-east-1'],
  [url('cn-north-1', 'amazonaws.com.cn'), 'cn-north-1'],
  ['https://abc123-vpce-0a1b2c3d.execute-api.eu-west-1.amazonaws.com/dev', 'eu-west-1'],
  ['https://vpce-0a1b2c3d-x.execute-api.eu-west-1.vpce.amazonaws.com/dev', 'eu-west-1'],
  [CUSTOM, undefined],
  [url('us-east-1', 'example.com'), undefined],
  ['https://example.com/a.execute-api.us-east-1.amazonaws.com', undefined],
  ['no URL', undefined],
  [undefined, undefined],
])('the region of %s is %s', (given, region) => {
  expect(regionInUrl(given)).toBe(region);
});

/** The environment of a function of the caller in eu-central-1, after the step. */
function environmentWith(
  API_URL: string,
  settings: object = {},
  own: object = { API_REGION: 'eu-central-1' },
) {
  const caller = { name: 'caller', environment: { API_URL, ...own } };
  setApiRegion({ caller }, deploymentWith(settings).settings, {});
  return caller.environment;
}

test('a function signs for the region of the API, which its URL names', () => {
  expect(environmentWith(url('us-east-1'))).toEqual({ API_URL: url('us-east-1'), API_REGION: 'us-east-1' });
});

test('at a custom domain, it signs for the setting apiRegion, or for the region of the stage', () => {
  expect(environmentWith(CUSTOM, { apiRegion: 'us-east-1' })).toMatchObject({ API_REGION: 'us-east-1' });
  expect(environmentWith(CUSTOM)).toMatchObject({ API_REGION: 'eu-central-1' });
});

test('a function without API_REGION is left alone', () => {
  expect(environmentWith(url('us-east-1'), {}, {})).toEqual({ API_URL: url('us-east-1') });
  expect(() => setApiRegion({ own: { name: 'own' } }, deploymentWith().settings, {})).not.toThrow();
});

/** Checks a caller in eu-central-1. */
function check(API_URL: string, settings: object = {}): void {
  const functions = { caller: { name: 'caller', environment: { API_URL, API_REGION: 'eu-central-1' } } };
  const framework = { service: { functions } } as unknown as Framework;
  checkApiRegion(framework, deploymentWith(settings));
}

test.each([
  ['in the stage’s region', url('eu-central-1'), {}],
  ['in another region', url('us-east-1'), {}],
  ['in another region, which the setting names, too', url('us-east-1'), { apiRegion: 'us-east-1' }],
  ['at a custom domain', CUSTOM, {}],
  ['at a custom domain in another region', CUSTOM, { apiRegion: 'us-east-1' }],
])('a caller of an API %s is packaged', (_where, API_URL, settings) => {
  expect(() => check(API_URL, settings)).not.toThrow();
});

test.each([
  ['its URL', url('us-gov-west-1'), {}],
  ['the setting', CUSTOM, { apiRegion: 'us-gov-west-1' }],
])('a caller in another partition than the API is refused, by %s', (_by, API_URL, settings) => {
  expect(() => check(API_URL, settings)).toThrow(
    'The API is in us-gov-west-1, and stage dev of the caller in eu-central-1. They are in two partitions of AWS, aws-us-gov and aws,',
  );
});

test('a setting apiRegion that contradicts the URL is refused with both', () => {
  expect(() => check(url('us-east-1'), { apiRegion: 'us-west-2' })).toThrow(
    `services/stages.yml: dev.apiRegion is us-west-2, but the API's URL is in us-east-1: ${url('us-east-1')}.`,
  );
});

test('an apiRegion that no partition has is refused', () => {
  expect(() => deploymentWith({ apiRegion: 'mars-1' })).toThrow('dev.apiRegion');
});
