import { domainOf, endpointName } from './aws-domains.ts';

test.each([
  ['STS.eu-west-1.amazonaws.com:443', 'sts.eu-west-1'],
  ['sts.amazonaws.com', 'sts'],
  ['sts.cn-north-1.amazonaws.com.cn', 'sts.cn-north-1'],
  ['sts.eusc-de-east-1.amazonaws.eu', 'sts.eusc-de-east-1'],
  ['sts.us-iso-east-1.c2s.ic.gov', 'sts.us-iso-east-1'],
  ['lambda.us-east-1.api.aws', 'lambda.us-east-1'],
  ['amazonaws.com', undefined],
  ['evilamazonaws.com', undefined],
  ['sts.amazonaws.com.example.org', undefined],
  ['127.0.0.1:4566', undefined],
])('the host %s is that of the endpoint %s', (host, name) => expect(endpointName(host)).toBe(name));

test.each([
  ['eu-central-1', 'amazonaws.com'],
  ['cn-north-1', 'amazonaws.com.cn'],
  ['eusc-de-east-1', 'amazonaws.eu'],
  ['us-isob-east-1', 'sc2s.sgov.gov'],
])('endpoints of %s are in %s', (region, domain) => expect(domainOf(region)).toBe(domain));
