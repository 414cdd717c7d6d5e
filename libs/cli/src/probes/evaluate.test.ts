import { compareRoutes } from './evaluate.ts';

const signed = (route: string) => ({ route, signed: true });

test.each([
  [
    'the routes of its API',
    [signed('GET /a'), signed('POST /b')],
    { outcome: 'as configured', message: 'all signed' },
  ],
  [
    'a route that was removed from its API',
    [signed('GET /a'), signed('POST /b'), signed('GET /old')],
    { outcome: 'outdated', message: 'still serves GET /old; all signed' },
  ],
  [
    'less than its API has',
    [signed('GET /a')],
    { outcome: 'outdated', message: 'does not serve POST /b; all signed' },
  ],
  [
    'a route to everybody',
    [signed('GET /a'), { route: 'POST /b', signed: false }],
    { outcome: 'as configured', message: 'unsigned: POST /b' },
  ],
])('a stage that serves %s is recognized', (_what, served, observation) => {
  expect(compareRoutes(served, ['GET /a', 'POST /b'])).toEqual(observation);
});

test('a route that is meant to be open is named, and is no mistake', () => {
  const served = [signed('GET /a'), { route: 'GET /health', signed: false }];
  expect(compareRoutes(served, ['GET /a', 'GET /health'], ['GET /health'])).toEqual({
    outcome: 'as configured',
    message: 'all signed but GET /health, which is open',
  });
  const another = [...served, { route: 'GET /b', signed: false }];
  expect(compareRoutes(another, ['GET /a', 'GET /health', 'GET /b'], ['GET /health']).message).toBe(
    'unsigned: GET /b',
  );
});
