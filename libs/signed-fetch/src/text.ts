/** Whether a value is text that matches a pattern. */
export function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

/** Replaces codes, such as `%41`, by the characters that they encode. */
export function decodeHex(text: string, code: RegExp): string {
  return text.replaceAll(code, (_, hex) => String.fromCharCode(Number(`0x${hex}`)));
}

/** The start of a text for a message: one line, without control characters. */
export function start(text: string, length = 200): string {
  const line = text
    .slice(0, 5 * length)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

/**
 * Returns a text, or a note in its place if it repeats a secret in any encoding: raw, percent-encoded, escaped for HTML or
 * JSON, or in base64. Apart from base64 and `\u0041`, they keep letters and digits, so this looks for the secret's runs of
 * letters and digits that are too long to occur by chance.
 */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const unescaped = decodeHex(text, /\\u([\da-f]{4})/gi);
  const repeats = secrets.some((secret) => {
    // Base64 has three forms, by the position in the encoded text.
    const base64 = ['', '.', '..'].map((before) => btoa(before + secret).slice(4, -4));
    const runs = [secret, ...base64].join('\n').match(/[a-z0-9]{6,16}/gi);
    return runs?.some((run) => unescaped.includes(run));
  });
  return repeats ? '(not shown: it repeats a secret of the request)' : text;
}
