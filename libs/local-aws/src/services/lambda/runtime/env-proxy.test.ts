import { deferEnvProxy } from './env-proxy.ts';

const variables = { MINE: 'yes', HTTPS_PROXY: 'http://127.0.0.1:4566', NODE_USE_ENV_PROXY: '1' };

test('a function on Node 24 starts without NODE_USE_ENV_PROXY, and keeps its other variables', () => {
  const { NODE_USE_ENV_PROXY: _, ...others } = variables;
  expect(deferEnvProxy(variables, process.execPath)).toEqual(others);
});

test('a function on another Node, such as Node 22, keeps NODE_USE_ENV_PROXY', () => {
  expect(deferEnvProxy(variables, '/usr/local/bin/node22')).toEqual(variables);
});
