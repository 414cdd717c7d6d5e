import { postMessageRequestSchema, postMessageResponseSchema, routes } from '@cross-account-api/contract';
import * as v from 'valibot';

const request = v.parse(postMessageRequestSchema, JSON.parse('{"foo":"bar"}'));

const answer = v.parse(postMessageResponseSchema, {
  received: request,
  caller: {
    accountId: '111111111111',
    arn: 'arn:aws:sts::111111111111:assumed-role/api-dev-invoke/caller',
    roleName: 'api-dev-invoke',
    sessionName: 'caller',
  },
  requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
});

console.log(`${routes.postMessages.method} ${routes.postMessages.path} as ${answer.caller.roleName}`);
