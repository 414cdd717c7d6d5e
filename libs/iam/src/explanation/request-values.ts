/** What STS takes for a condition key that the client chooses. */
interface Constraint {
  readonly key: RegExp;
  /** The names of the keys, as AWS spells them. That of tags ends with the name of the tag. */
  readonly names: readonly string[];
  readonly takes: RegExp;
  /** In words. */
  readonly rule: string;
}

const ofSession = {
  takes: /^[\w+=,.@-]{2,64}$/,
  rule: '2 to 64 letters, digits and any of _ + = , . @ -',
};

/** Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, and API_Tag.html for tags */
const constraints: readonly Constraint[] = [
  {
    key: /^sts:ExternalId$/i,
    names: ['sts:ExternalId'],
    takes: /^[\w+=,.@:/-]{2,1224}$/,
    rule: '2 to 1224 letters, digits and any of _ + = , . @ : / -',
  },
  {
    key: /^sts:(RoleSessionName|SourceIdentity)$/i,
    names: ['sts:RoleSessionName', 'sts:SourceIdentity'],
    ...ofSession,
  },
  {
    key: /^aws:RequestTag\/.+$/i,
    names: ['aws:RequestTag/'],
    takes: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u,
    rule: 'up to 256 letters, digits, spaces and any of _ . : / = + - @',
  },
];

/** Whether the client chooses the value of a condition key. */
export function isChosenByClient(key: string): boolean {
  return constraints.some((each) => each.key.test(key));
}

/** The name of a condition key that the client chooses, as AWS spells it: a policy can have it in any case. */
export function nameOfKey(key: string): string {
  const found = constraints
    .flatMap(({ names }) => names)
    .find((name) => key.slice(0, name.length).toLowerCase() === name.toLowerCase());
  return found === undefined ? key : found + key.slice(found.length);
}

/** What STS takes for a condition key, in words, if it does not take this value; `undefined` if it does. */
export function whyNotTaken(key: string, value: string): string | undefined {
  const constraint = constraints.find((each) => each.key.test(key));
  return constraint === undefined || constraint.takes.test(value) ? undefined : constraint.rule;
}
