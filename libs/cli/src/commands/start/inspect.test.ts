import { deployedName, readFunctions } from '../../project/functions.ts';
import { pairProject, workInPairProject } from '../../project/pair.testing.ts';
import { inspectedFunctions } from './inspect.ts';

workInPairProject();

test('a function is named as in serverless.yml or as in Lambda, and several have commas between them', () => {
  const functions = readFunctions(pairProject);
  expect(inspectedFunctions('', functions)).toBe('');
  expect(inspectedFunctions('caller', functions)).toBe('shop-local');
  expect(inspectedFunctions('shop-local', functions)).toBe('shop-local');
  expect(inspectedFunctions('parcel, caller', functions)).toBe('depot-local-parcel,shop-local');
});

test('a name that no function has is refused with the names that there are', () => {
  expect(() => inspectedFunctions('parcels,missing', readFunctions(pairProject))).toThrow(
    '--inspect=parcels,missing: no service has the function "missing". There is parcels, parcel, sender, caller.',
  );
});

test('the name in Lambda is not known if it depends on other variables', () => {
  const one = { service: 'shop', key: 'orders' };
  const name = (text: string | undefined) => deployedName({ ...one, name: text }, 'local');
  expect(name(undefined)).toBe('shop-local-orders');
  expect(name(`a-\${self:service}-\${opt:stage, 'dev'}-\${sls:stage}`)).toBe('a-shop-local-local');
  expect(name(`\${env:USER}-orders`)).toBeUndefined();
});
