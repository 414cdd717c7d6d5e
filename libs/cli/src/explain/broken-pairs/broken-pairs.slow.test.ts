import {
  breaksOfAnyPair,
  breaksOfOwnRole,
  defaultEndpointDisabled,
  denials,
  parcels,
  stock,
  testPairs,
} from './breaks.testing.ts';

// The breaks of broken-pairs.test.ts that do not depend on the shape of the pair, in the other shapes.
testPairs([
  [
    "calls as its own role, which the API's policy admits",
    stock,
    [
      ...breaksOfAnyPair(stock),
      ...denials(stock),
      ['the default endpoint is disabled', 'endpoint', 'command', defaultEndpointDisabled],
    ],
  ],
  [
    'calls a private API through a VPC endpoint',
    parcels,
    [...breaksOfAnyPair(parcels), ...denials(parcels), ...breaksOfOwnRole],
  ],
]);
