import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import fc from 'fast-check';
import { type Cloud, createCloud, type Thing } from './cloudformation.testing.ts';

const IDS = ['A', 'B', 'C', 'D', 'E'];

/** Random templates: a resource may refer to resources before it; a change of a reference may replace it. */
const resources = fc.shuffledSubarray(IDS, { minLength: 1 }).chain((ids) =>
  fc.tuple(
    ...ids.map((id, index) => {
      const before = fc.constantFrom(...ids.slice(0, index), 'none');
      return fc.record({
        id: fc.constant(id),
        kind: fc.constantFrom('x', 'y'),
        text: fc.constantFrom('p', 'q'),
        size: fc.nat(2),
        refers: before,
        kindOf: before,
        reads: before,
        dependsOn: before,
      });
    }),
  ),
);

type Row = {
  id: string;
  kind: string;
  text: string;
  size: number;
  refers: string;
  kindOf: string;
  reads: string;
  dependsOn: string;
};

function templateOf(rows: readonly Row[], broken?: string): string {
  const Resources = Object.fromEntries(
    rows.map((row) => [
      row.id,
      {
        Type: 'AWS::Test::Thing',
        Properties: {
          Kind: row.kindOf === 'none' ? row.kind : { Ref: row.kindOf },
          Text: row.reads === 'none' ? row.text : { 'Fn::GetAtt': [row.reads, 'Arn'] },
          Links: row.refers === 'none' ? [] : [{ 'Fn::Sub': `see \${${row.refers}}` }],
          Size: row.size,
          ...(broken === row.id ? { Fail: 'broken' } : {}),
        },
        ...(row.dependsOn === 'none' ? {} : { DependsOn: row.dependsOn }),
      },
    ]),
  );
  return JSON.stringify({ Resources, Outputs: { Last: { Value: { Ref: rows.at(-1)?.id } } } });
}

/** All things, with logical IDs in place of physical IDs. */
function world({ things }: Cloud) {
  let text = JSON.stringify([...things.values()].sort((a, b) => (a.logicalId < b.logicalId ? -1 : 1)));
  for (const { physicalId, logicalId } of things.values())
    text = text.replaceAll(physicalId, `<${logicalId}>`);
  return JSON.parse(text) as Thing[];
}

async function created(template: string) {
  const cloud = createCloud();
  await cloud.client.send(new CreateStackCommand({ StackName: 'app', TemplateBody: template }));
  await cloud.service.idle();
  return cloud;
}

async function updated(cloud: Cloud, template: string) {
  try {
    await cloud.client.send(new UpdateStackCommand({ StackName: 'app', TemplateBody: template }));
  } catch (error) {
    expect((error as Error).message).toBe('No updates are to be performed.');
  }
  await cloud.service.idle();
  const { Stacks = [] } = await cloud.client.send(new DescribeStacksCommand({ StackName: 'app' }));
  return Stacks[0]?.StackStatus;
}

describe('an update', () => {
  test('an update to a template has the same result as a new stack', async () => {
    await fc.assert(
      fc.asyncProperty(resources, resources, async (from, to) => {
        const cloud = await created(templateOf(from));
        expect(await updated(cloud, templateOf(to))).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
        expect(world(cloud)).toEqual(world(await created(templateOf(to))));
        await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
        await cloud.service.idle();
        expect(cloud.things.size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('an update that fails restores the previous state', async () => {
    await fc.assert(
      fc.asyncProperty(resources, resources, fc.nat(), async (from, to, index) => {
        const cloud = await created(templateOf(from));
        const before = new Map(cloud.things);
        const broken = to[index % to.length]?.id;
        expect(await updated(cloud, templateOf(to, broken))).toBe('UPDATE_ROLLBACK_COMPLETE');
        expect(cloud.things).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });

  test('a stack whose update failed without roll-back can be updated again or deleted', async () => {
    await fc.assert(
      fc.asyncProperty(resources, resources, resources, fc.nat(), async (from, to, next, index) => {
        const cloud = await created(templateOf(from));
        const broken = templateOf(to, to[index % to.length]?.id);
        const failing = { StackName: 'app', TemplateBody: broken, DisableRollback: true };
        await cloud.client.send(new UpdateStackCommand(failing));
        await cloud.service.idle();
        expect(await updated(cloud, templateOf(next))).toMatch(/^UPDATE_(COMPLETE|FAILED)$/);
        expect(world(cloud)).toEqual(world(await created(templateOf(next))));
        await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
        await cloud.service.idle();
        expect(cloud.things.size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('a creation that fails leaves no resource', async () => {
    await fc.assert(
      fc.asyncProperty(resources, fc.nat(), async (rows, index) => {
        const cloud = await created(templateOf(rows, rows[index % rows.length]?.id));
        expect(cloud.things.size).toBe(0);
      }),
      { numRuns: 30 },
    );
  });
});
