import { getEventListeners } from 'node:events';
import { json, ok, outcome, setUp } from './client.testing.ts';
import { gatewayAnswer, networkError, type Reply, settle, useFakeTime } from './fake-api.testing.ts';

useFakeTime();

describe('a signal', () => {
  test.each(['answered', 'broken', 'silent'])(
    'a call leaves no listener on a signal after it has ended: %s',
    async (how) => {
      const replies: Record<string, Reply> = {
        answered: ok(),
        broken: networkError('EPIPE'),
        silent: 'silence',
      };
      const { client } = setUp([replies[how] ?? ok()]);
      const own = new AbortController();
      const scope = new AbortController();
      await outcome(client.bind({ signal: scope.signal }).fetch('/', { ...json, signal: own.signal }));
      await outcome(client.bind({ signal: scope.signal }).json('/', json));
      expect(getEventListeners(own.signal, 'abort')).toEqual([]);
      expect(getEventListeners(scope.signal, 'abort')).toEqual([]);
      expect(jest.getTimerCount()).toBe(0);
    },
  );

  test('the signal of the call and the signal of the scope each end a call that has both', async () => {
    for (const which of [0, 1]) {
      const { api, client } = setUp(['silence']);
      const controllers = [new AbortController(), new AbortController()];
      const [own, scope] = controllers.map(({ signal }) => signal);
      const call = client.bind({ ...(scope && { signal: scope }) }).fetch('/', { ...json, signal: own });
      const ended = call.catch((error: unknown) => error);
      await settle();
      const reason = new Error('enough');
      controllers[which]?.abort(reason);
      expect(await ended).toBe(reason);
      expect(api.requests[0]?.signal.aborted).toBe(true);
    }
  });

  test('the signal null counts as no signal, as with fetch', async () => {
    const { client } = setUp([ok()]);
    expect((await client.fetch('/', { signal: null })).status).toBe(200);
    expect(
      (await client.bind({ signal: new AbortController().signal }).fetch('/', { signal: null })).status,
    ).toBe(200);
  });

  test('an aborted signal ends a call before it asks for credentials', async () => {
    const { client } = setUp([ok()], { credentials: () => new Promise(() => undefined) });
    await expect(client.fetch('/', { signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
  });

  test('a signal ends a request, a wait, and a call that has not begun', async () => {
    const reason = new Error('no longer needed');
    for (const replies of [['silence'], [() => gatewayAnswer(503, {})]] as Reply[][]) {
      const { api, client } = setUp(replies);
      const controller = new AbortController();
      const call = client.fetch('/', { signal: controller.signal }).catch((error: unknown) => error);
      await settle();
      controller.abort(reason);
      expect(await call).toBe(reason);
      expect(jest.getTimerCount()).toBe(0);
      expect(api.requests).toHaveLength(1);
      await expect(client.fetch('/', { signal: controller.signal })).rejects.toBe(reason);
      expect(api.requests).toHaveLength(1);
    }
  });
});
