import { readStackPolicy } from './stack-policy.ts';

const allow = { Effect: 'Allow', Principal: '*', Action: 'Update:*', Resource: '*' };
const policy = (...statements: object[]) => readStackPolicy(JSON.stringify({ Statement: statements }));
const modify = { action: 'Update:Modify', logicalId: 'Table', type: 'AWS::DynamoDB::Table' } as const;

describe('a stack policy', () => {
  test('a stack policy denies what it does not allow, and what it denies', () => {
    expect(policy(allow)(modify)).toBeUndefined();
    expect(policy({ ...allow, Resource: 'LogicalResourceId/T?ble*' })(modify)).toBeUndefined();
    expect(policy({ ...allow, Resource: 'LogicalResourceId/Other' })(modify)).toBe(
      'Action denied by stack policy: no statement allows [Update:Modify] for resource [Table]',
    );
    const deny = {
      Effect: 'Deny',
      Principal: '*',
      NotAction: ['Update:Modify'],
      Resource: 'LogicalResourceId/Table',
    };
    expect(policy(allow, deny)(modify)).toBeUndefined();
    expect(policy(allow, deny)({ ...modify, action: 'Update:Replace' })).toContain('Statement [#2]');
    const byType = {
      ...allow,
      Effect: 'Deny',
      Condition: { StringLike: { ResourceType: ['AWS::DynamoDB::*'] } },
    };
    expect(policy(allow, byType)(modify)).toContain('Statement [#2]');
    expect(policy(allow, byType)({ ...modify, type: 'AWS::S3::Bucket' })).toBeUndefined();
  });

  test.each([
    ['{', 'it is not JSON'],
    ['{}', 'it has no Statement'],
    [JSON.stringify({ Statement: [{ ...allow, Principal: 'me' }] }), 'statement #1 needs the Principal'],
    [
      JSON.stringify({ Statement: [{ ...allow, NotAction: 'Update:Delete' }] }),
      'needs one of Action and NotAction',
    ],
    [JSON.stringify({ Statement: [{ ...allow, Condition: { Bool: {} } }] }), 'as Condition'],
    [JSON.stringify({ Statement: [{ ...allow, Extra: 1 }] }), 'unknown member Extra'],
  ])('the malformed stack policy %j is refused', (text, message) => {
    expect(() => readStackPolicy(text)).toThrow(message);
  });
});
