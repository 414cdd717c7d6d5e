/** What API Gateway answers in an account and region without a role for access logs. */
const REFUSAL = 'CloudWatch Logs role ARN must be set in account settings to enable logging';

const REMEDY =
  'Account A has no role with which API Gateway writes access logs in this region. Step 3 of "Deploy it to two accounts" in README.md has the commands that set it. Run them, then deploy again.';

/**
 * A plugin that says what to do if the account has no role with which API Gateway writes access logs. New accounts have
 * none, so this is how the first deployment to a new account fails.
 */
export default class AccessLogRole {
  constructor() {
    this.hooks = {
      // The framework runs this hook before it prints the error: the decorated message, if there is one.
      error: (/** @type {Error & { decoratedMessage?: string }} */ error) => {
        if (!error.message.includes(REFUSAL)) return;
        error.message += `\n\n${REMEDY}`;
        if (error.decoratedMessage !== undefined) error.decoratedMessage += `\n\n${REMEDY}`;
      },
    };
  }
}
