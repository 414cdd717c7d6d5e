import { testArticle } from './article-breaks.testing.ts';

testArticle([
  'the caller’s role may not assume the API’s role',
  'the caller’s role may assume another role only',
  'the API’s role trusts another account',
  'the function has the ARN of a role that does not exist',
  'Lambda may not become the caller’s role',
  'the API’s policy denies the call',
]);
