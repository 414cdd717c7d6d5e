/** The user agent of `verify`. Local AWS knows by it that a request is meant to be refused. */
export const VERIFY_USER_AGENT = 'cross-account-verify';
