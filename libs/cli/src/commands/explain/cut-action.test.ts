import { meaningOf, readRefusal } from '@cross-account-api/iam/explanation';
import type { Call } from '../../call/call.ts';
import { withoutCutAction } from './cut-action.ts';

const PRINCIPAL = 'arn:aws:sts::222222222222:assumed-role/caller/caller';

function read(text: string) {
  return withoutCutAction({ error: { text, refusal: readRefusal(text) } } as Call).error?.refusal;
}

test.each(['execute-api:Inv', 'sts:Ass', 'execute-api:Inv...', 'execute-api:Inv…'])(
  'a message that ends in %s is said to be cut, and where the whole one is',
  (end) => {
    const refusal = read(`User: ${PRINCIPAL} is not authorized to perform: ${end}`);
    expect(refusal).toEqual({ form: 'truncated denial', named: PRINCIPAL });
    const { means, advice } = meaningOf(refusal!);
    expect(means).toMatch(/ends before or in the action/);
    expect(advice.join(' ')).toMatch(/CloudTrail of account 222222222222/);
  },
);

test.each([
  `User: ${PRINCIPAL} is not authorized to perform: sts:AssumeRole`,
  `User: ${PRINCIPAL} is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********1111:a/p/GET/`,
  `User: ${PRINCIPAL} is not authorized to perform: nobody:Knows because no identity-based policy allows the nobody:Knows action`,
])('%s is read as it is', (text) => {
  expect(read(text)).toMatchObject({ form: 'not authorized' });
});
