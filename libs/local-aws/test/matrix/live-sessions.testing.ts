import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { A } from '../running.testing.ts';
import { type Assumer, distrust, named, root, teamTag, trust } from './assumers.testing.ts';
import { type Bed, type Caller, policy } from './bed.testing.ts';
import { expectInvocation } from './outcome.testing.ts';

const noIdentity = 'missing: identity-based policy';
const invoke = { Sid: 'Own', Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' };
const own = 'allowed: identity-based policy Own';

/** Cases of changes to a role and their effect on its sessions. */
export function sessionLifeCases(bed: () => Bed, who: () => Record<Assumer, Caller>): void {
  const iam = () => new IAMClient(bed().running.sdk(A));
  const expectGone = async (session: Caller) => {
    const { answer, error } = await bed().invoke('GET /open', session.keys);
    expect([answer.status, error]).toEqual([
      403,
      {
        type: 'UnrecognizedClientException',
        message: 'The security token included in the request is invalid.',
      },
    ]);
  };
  const open = () => `${bed().apiArn()}/dev/GET/open`;

  test('the deletion of a role ends its sessions, even if a new role gets its name', async () => {
    const role = await bed().role(A, { name: 'phoenix', statements: [invoke] });
    const session = await bed().session(role, who()['user of A with'].keys);
    expectInvocation(await bed().invoke('GET /open', session.keys), own, session, open());
    await iam().send(new DeleteRolePolicyCommand({ RoleName: 'phoenix', PolicyName: 'inline' }));
    await iam().send(new DeleteRoleCommand({ RoleName: 'phoenix' }));
    await expectGone(session);
    await bed().role(A, { name: 'phoenix', statements: [invoke] });
    await expectGone(session);
  });

  test("the deletion of a role's policy changes its live sessions", async () => {
    const role = await bed().role(A, { name: 'stripped', statements: [invoke] });
    const session = await bed().session(role, who()['user of A with'].keys);
    expectInvocation(await bed().invoke('GET /open', session.keys), own, session, open());
    await iam().send(new DeleteRolePolicyCommand({ RoleName: 'stripped', PolicyName: 'inline' }));
    expectInvocation(await bed().invoke('GET /open', session.keys), noIdentity, session, open());
  });

  test('a change of a trust policy affects the next AssumeRole, but no live session', async () => {
    const role = await bed().role(A, { name: 'estranged', statements: [invoke] });
    const { keys } = who()['user of A with'];
    const session = await bed().session(role, keys);
    const document = policy([distrust(root(A))]);
    await iam().send(new UpdateAssumeRolePolicyCommand({ RoleName: 'estranged', PolicyDocument: document }));
    expectInvocation(await bed().invoke('GET /open', session.keys), own, session, open());
    await expect(bed().session(role, keys)).rejects.toThrow('AccessDenied');
  });

  test('a trusted role that is deleted and created again is no longer trusted', async () => {
    const name = 'friend';
    await bed().role(A, { name, statements: [{ ...invoke, Action: '*' }] });
    const role = await bed().role(A, { trust: [trust(named(A, 'role', name))] });
    const { keys } = who()['user of A with'];
    const friend = await bed().session(named(A, 'role', name).AWS, keys);
    expect((await bed().session(role, friend.keys)).arn).toContain('assumed-role');
    await iam().send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: 'inline' }));
    await iam().send(new DeleteRoleCommand({ RoleName: name }));
    await bed().role(A, { name, statements: [{ ...invoke, Action: '*' }] });
    const again = await bed().session(named(A, 'role', name).AWS, keys);
    await expect(bed().session(role, again.keys)).rejects.toThrow('AccessDenied');
  });

  test.each([
    [
      'names a role that does not exist',
      trust(named(A, 'role', 'never')),
      `Invalid principal in policy: "AWS":"arn:aws:iam::${A}:role/never"`,
    ],
    [
      'has NotPrincipal',
      { Effect: 'Deny', NotPrincipal: root(A), Action: 'sts:AssumeRole' },
      'AssumeRole policy must not contain NotPrincipal field.',
    ],
    [
      'has an action of another service',
      trust(root(A), { Action: 's3:GetObject' }),
      'AssumeRole policy may only specify STS AssumeRole actions.',
    ],
    ['names a resource', trust(root(A), { Resource: '*' }), 'Has prohibited field Resource'],
  ])('a trust policy that %s is refused', async (_what, statement, message) => {
    await expect(bed().role(A, { trust: [statement] })).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
      message,
    });
  });

  test('only transitive tags are inherited', async () => {
    const may = { Sid: 'Own', Effect: 'Allow', Action: ['sts:*', 'execute-api:*'], Resource: '*' };
    const first = await bed().role(A, { statements: [may] });
    const second = await bed().role(A, {
      statements: [
        { ...may, Resource: '*', Condition: { StringEquals: { 'aws:PrincipalTag/team': 'red' } } },
      ],
    });
    const { keys } = who()['user of A with'];
    const handedOn = await bed().session(first, keys, { ...teamTag, 'TransitiveTagKeys.member.1': 'team' });
    const kept = await bed().session(first, keys, teamTag);
    const tagged = await bed().session(second, handedOn.keys);
    const untagged = await bed().session(second, kept.keys);
    expectInvocation(await bed().invoke('GET /open', tagged.keys), own, tagged, open());
    expectInvocation(
      await bed().invoke('GET /open', untagged.keys),
      'missing: identity-based policy (Own: condition StringEquals aws:PrincipalTag/team)',
      untagged,
      open(),
    );
    await expect(bed().session(second, handedOn.keys, teamTag)).rejects.toThrow('InvalidParameterValue');
  });

  test('a source identity is inherited, and cannot be changed', async () => {
    const may = { Sid: 'Own', Effect: 'Allow', Action: ['sts:*', 'execute-api:*'], Resource: '*' };
    const first = await bed().role(A, { statements: [may] });
    const Condition = { StringEquals: { 'aws:SourceIdentity': 'ann' } };
    const second = await bed().role(A, { statements: [{ ...may, Condition }] });
    const named = await bed().session(first, who()['user of A with'].keys, { SourceIdentity: 'ann' });
    const chained = await bed().session(second, named.keys);
    expectInvocation(await bed().invoke('GET /open', chained.keys), own, chained, open());
    await expect(bed().session(second, named.keys, { SourceIdentity: 'bob' })).rejects.toThrow(
      'is not authorized to perform: sts:SetSourceIdentity',
    );
  });
}
