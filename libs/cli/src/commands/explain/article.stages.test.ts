import { testArticle } from './article-breaks.testing.ts';

// article.slow.test.ts has the breaks that other stacks have, too: broken-pairs.stages.test.ts.
testArticle([
  'the API’s role asks for an external ID, which this caller never sends',
  'the role has no execute-api:Invoke',
  'the role has execute-api:Invoke, but the integration needs lambda:InvokeFunction of the caller',
  'the function calls a stage that the API has not',
]);
