import { nameInStack } from './map-nodes.ts';

test.each([
  ['CallerLambdaFunction', 'shop-local', 'caller'],
  ['CallerIamRoleLambdaExecution', 'shop-local', 'caller'],
  ['ParcelsLambdaFunction', 'shop-local-parcels', 'parcels'],
  ['InvokeRole', 'shop-local-invoke', 'invoke'],
  ['MessagesTable', 'shop-local-MessagesTable-1A2B3C4D5E6F7', 'MessagesTable'],
  ['Orders', 'orders', 'Orders'],
  ['Orders', 'shop-locale', 'Orders'],
])(
  'in the stack shop-local, the resource %s with the name %s is called %s',
  (logicalId, physicalId, name) => {
    expect(nameInStack({ stackName: 'shop-local', logicalId, physicalId })).toBe(name);
  },
);
