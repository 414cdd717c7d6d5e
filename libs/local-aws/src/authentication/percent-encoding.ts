const unreserved = /^[A-Za-z0-9\-._~]*$/;
const beyondLatin1 = /[\u0100-\uffff]/;

/** How SigV4 writes each byte: RFC 3986's unreserved characters as they are, all others as `%XX` in upper case. */
const written = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return byte < 128 && unreserved.test(character)
    ? character
    : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

const plus = 0x2b;
const percent = 0x25;

/** Percent-encodes every byte that is not unreserved. It encodes `%` too, so that encoded text is encoded twice. */
export function encode(text: string): string {
  if (unreserved.test(text)) return text;
  let encoded = '';
  for (const byte of bytesOf(text)) encoded += written[byte];
  return encoded;
}

/**
 * Decodes and encodes again, so that all encodings of one text come out the same. `+` is a space, as AWS and
 * all of its clients have it; a `%` without two hexadecimal digits stands for itself.
 * @example recode('a+b%7e%2a*') // 'a%20b~%2A%2A'
 */
export function recode(text: string): string {
  if (unreserved.test(text)) return text;
  const bytes = bytesOf(text);
  let encoded = '';
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] as number;
    const escaped = byte === percent ? hexByte(bytes, index + 1) : undefined;
    if (escaped !== undefined) {
      encoded += written[escaped];
      index += 2;
    } else {
      encoded += byte === plus ? '%20' : written[byte];
    }
  }
  return encoded;
}

/** Node hands over request lines byte by byte (Latin-1); text from elsewhere is UTF-8. */
function bytesOf(text: string): Buffer {
  return Buffer.from(text, beyondLatin1.test(text) ? 'utf8' : 'latin1');
}

function hexByte(bytes: Buffer, index: number): number | undefined {
  const high = hexDigit(bytes[index]);
  const low = hexDigit(bytes[index + 1]);
  return high === undefined || low === undefined ? undefined : high * 16 + low;
}

function hexDigit(byte: number | undefined): number | undefined {
  if (byte === undefined) return undefined;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}
