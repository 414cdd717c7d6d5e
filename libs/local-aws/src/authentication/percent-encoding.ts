const beyondLatin1 = /[\u0100-\uffff]/;

/** Percent-encodes every byte but RFC 3986's unreserved characters, `%` included: encoded text is encoded twice. */
export function encode(text: string): string {
  return bytesOf(text).replace(/[^A-Za-z0-9\-._~]/g, escapeByte);
}

/**
 * Decodes and encodes again, so that all encodings of one text come out the same. `+` is a space, as AWS and
 * all of its clients have it; a `%` without two hexadecimal digits is taken literally.
 * @example recode('a+b%7e%2a*') // 'a%20b~%2A%2A'
 */
export function recode(text: string): string {
  return bytesOf(text).replace(/%([0-9a-f]{2})|[^a-z0-9\-._~]/gi, (found, digits: string | undefined) => {
    if (digits !== undefined) return encode(String.fromCharCode(Number.parseInt(digits, 16)));
    return found === '+' ? '%20' : escapeByte(found);
  });
}

/** One character a byte. Node hands over request lines like this (Latin-1); text from elsewhere becomes UTF-8. */
function bytesOf(text: string): string {
  return beyondLatin1.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

function escapeByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
