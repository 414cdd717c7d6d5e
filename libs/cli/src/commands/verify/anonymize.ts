/**
 * Words of AWS's errors and of this project's own. A text is made anonymous by keeping only these words: no list
 * of forbidden texts can be complete.
 */
export const errorWords: ReadonlySet<string> = new Set(
  `
  a access account action actions admitted after all allow allowed allows already also always an and another any
  api are as assume assumed at authenticated authentication authorization authorize authorized aws be because been
  before being below between body boundary but by calculated caller caller’s can cannot chaining characters check
  client clock closed complete conditions conform connect connection consult contain contains control could
  credential credentials current data date denied denies deny details did different documentation does duration
  earlier either element elements empty endpoint error every exceed exceeded exceeds execute executed exist
  existing exists expected expired explicit external failed failure field following for forbidden format found from
  function future get given got has have header headers host hour however id identity identity-based if in included
  incomplete incorrect internal invalid invoke invoked is issued it its key keys large later length less limit long
  longer malformed many match matches matching maximum may mechanism member message method min minimum missing more
  must name no nobody none not nothing now of on once one only operation or other our out own parameter parameters
  parse path perform permission permissions permitted please policies policy present presented principal provide
  provided published query rate received region request requested requests require required requires resource
  resource-based resources response restricted retry right role route routes same schema scope scoped secret
  security serve served server serves service session should sign signature signed signing size socket source
  specified stage statement status still stop string sts such syntax temporarily terminator than that the there
  these they this throttled time timed times to token too trust try two unable unauthenticated unauthorized
  unavailable unknown unsigned unsupported until use used user uses valid validate value values version was we
  well-formed were what when where which while will with within without would write wrong you your
  5 ARN AWS Amazon Authorization Credential DELETE ECONNRESET ENOTFOUND ETIMEDOUT GET Gateway HTTP HTTPS IAM IP
  JSON Lambda POST RCP SCP STS SigV4 Signature SignedHeaders TLS VPC X-Amz-Date X-Amz-Security-Token XML
  aws:PrincipalArn dynamodb:GetItem execute-api execute-api:Invoke lambda:InvokeFunction sts:AssumeRole
  sts:ExternalId
  `
    .trim()
    .split(/\s+/),
);

/** The types of AWS's errors. */
export const errorTypes: ReadonlySet<string> = new Set(
  `
  AccessDenied AccessDeniedException BadRequestException ExpiredToken ExpiredTokenException ForbiddenException
  IncompleteSignature IncompleteSignatureException InternalFailure InternalServerErrorException InvalidClientTokenId
  InvalidParameterValueException InvalidSignatureException KMSAccessDeniedException LimitExceededException
  MalformedPolicyDocument MissingAuthenticationToken MissingAuthenticationTokenException NotFoundException
  OptInRequired PackedPolicyTooLarge RegionDisabledException RequestExpired RequestTooLongException
  ResourceConflictException ResourceNotFoundException ServiceException ServiceUnavailable SignatureDoesNotMatch Throttling
  ThrottlingException TooManyRequestsException UnauthorizedException UnrecognizedClientException ValidationError
  ValidationException WafFilteredException
  `
    .trim()
    .split(/\s+/),
);

/** Outcomes without a status. */
const outcomes = new Set([
  '2xx',
  'another identity',
  'another message',
  'executed twice',
  'allowed',
  'denied',
  'undecided',
  'as configured',
  'outdated',
  'no answer',
  'no function',
  'returned',
  // Errors of the caller function.
  'AssumeRoleDenied',
  'CredentialsUnavailable',
  'ConnectionFailed',
  'DeadlineExceeded',
  'RequestTimeout',
  'Throttled',
  'Sandbox.Timedout',
  'Runtime.ExitError',
  'Unhandled',
]);

/** The replacement of all other text. */
const HIDDEN = '…';

/**
 * Keeps the words of AWS's errors. Everything else becomes `…`: account IDs, names, ARNs, hosts, times, request IDs.
 * @example anonymize('User: arn:aws:iam::111111111111:user/me is not authorized') // 'User: … is not authorized'
 */
export function anonymize(message: string): string {
  const kept: string[] = [];
  for (const token of message.split(/\s+/).filter(Boolean)) {
    const next = isPlain(token) ? token : HIDDEN;
    if (next !== HIDDEN || kept.at(-1) !== HIDDEN) kept.push(next);
  }
  return kept.join(' ');
}

/** The same for an outcome: a status with one of AWS's error types, or one of this project's own words. */
export function anonymizeOutcome(outcome: string): string {
  if (outcomes.has(outcome)) return outcome;
  const several = outcome.split(' or ');
  if (several.length > 1) return several.map(anonymizeOutcome).join(' or ');
  const [, status, type] = /^([1-5]\d\d)(?: (\w+))?$/.exec(outcome) ?? [];
  if (status === undefined) return HIDDEN;
  if (type === undefined) return status;
  return `${status} ${errorTypes.has(type) ? type : HIDDEN}`;
}

/**
 * Replaces the paths and the operations in the names of probes, which are the owner's, by numbers.
 * @example anonymizeNames(['sendOrder (POST /orders)', 'unsigned POST /orders', 'sendOrder, twice with one key'])
 * // ['operation 1 (POST route 1)', 'unsigned POST route 1', 'operation 1, twice with one key']
 */
export function anonymizeNames(names: readonly string[]): readonly string[] {
  const operation = numbers('operation');
  const route = numbers('route');
  return names.map((name) =>
    name
      .replace(/^\S+(?= \([A-Z]+ \/|, twice with one key$)/, operation)
      .replaceAll(/(?<= )\/[^\s,)]*/g, route),
  );
}

/** Numbers texts: the same text gets the same number. */
function numbers(what: string): (text: string) => string {
  const seen: string[] = [];
  return (text) => {
    if (!seen.includes(text)) seen.push(text);
    return `${what} ${seen.indexOf(text) + 1}`;
  };
}

/** Whether a token is a known word, perhaps capitalized, with only punctuation around it. */
function isPlain(token: string): boolean {
  const word = token.replace(/^[("']+|[)"'.,:;!?]+$/g, '');
  return errorWords.has(word) || (/^[A-Z][a-z-]+$/.test(word) && errorWords.has(word.toLowerCase()));
}
