import { type CallPair, DOMAIN, EXTERNAL_ID, startCallPair } from '../commands/explain/call-pair.testing.ts';
import type { KnownByProject, WalkableCall } from './call.ts';
import { readCall } from './call-options.ts';
import { openCall } from './open-call.ts';
import { walkCall } from './walk-call.ts';

const environment = { ...process.env };
let pair: CallPair;
beforeAll(async () => {
  pair = await startCallPair();
});
afterAll(async () => {
  await pair?.close();
  process.env = environment;
});

/** The links that break in a call of the custom domain by a project that deploys this API and stage. */
async function brokenAt(path: string, target: KnownByProject['target']) {
  const call = await readCall({
    ...pair.values,
    api: `https://${DOMAIN}/${path}`,
    'external-id': EXTERNAL_ID,
  });
  const project = { target, declaredOpen: [], permissionIds: new Map(), links: [] };
  const open = await openCall(call);
  try {
    const { chain } = await walkCall(
      { ...call, callerArn: pair.callerArn, project } satisfies WalkableCall,
      open,
    );
    return chain.links.filter(({ state }) => state !== 'holds').map(({ problem }) => problem);
  } finally {
    open.close();
  }
}

describe('the custom domain of a project', () => {
  test('may lead to what the project deploys', async () => {
    expect(await brokenAt('shop', { apiId: pair.apiId, stage: 'v1' })).toEqual([]);
  });

  test('must not lead to another API or stage', async () => {
    expect(await brokenAt('shop', { apiId: 'another', stage: 'v1' })).toEqual([
      `The custom domain ${DOMAIN} leads to stage v1 of API ${pair.apiId}. The project deploys stage v1 of API another.`,
    ]);
    expect(await brokenAt('shop', { apiId: pair.apiId, stage: 'v2' })).toEqual([
      expect.stringContaining('The project deploys stage v2'),
    ]);
  });

  test('must have the mapping', async () => {
    expect(await brokenAt('elsewhere', { apiId: pair.apiId, stage: 'v1' })).toEqual([
      expect.stringContaining(`The custom domain ${DOMAIN} has no mapping for /elsewhere`),
    ]);
  });
});
