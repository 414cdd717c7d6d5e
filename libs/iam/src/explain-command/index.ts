export {
  type ExplainRequest,
  explainOptions,
  readExplainRequest,
  stateOption,
  type Wanted,
} from './explain-options.ts';
export { printAnswer, renderingWith } from './print.ts';
export {
  type Assumptions,
  type Question,
  questionOptions,
  readAssumptions,
  readQuestion,
} from './question-options.ts';
