import { XMLParser } from 'fast-xml-parser';
import { AwsError } from '../../core/errors.ts';
import { featureNotImplemented } from './errors.ts';

// Keys may begin and end with blanks.
const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, trimValues: false });

/**
 * Parses a request's XML document.
 * @param root the name of its root element
 * @returns the root element's content
 * @throws AwsError `MalformedXML` where it is not well-formed or has another root
 */
export function parseXml(body: Buffer, root: string): unknown {
  let document: unknown;
  const source = body.toString('utf8');
  // No client of S3 has reason to define entities.
  if (source.includes('<!DOCTYPE')) throw malformedXml();
  try {
    document = parser.parse(source, true);
  } catch {
    throw malformedXml();
  }
  const content = member(document, root);
  if (content === undefined) throw malformedXml();
  return content;
}

/** S3's answer to any document that its schema does not allow. */
export function malformedXml(): AwsError {
  return new AwsError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}

/** All child elements of a name, in their order. */
export function elements(parent: unknown, name: string): readonly unknown[] {
  const value = member(parent, name);
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** The text of a child element; `undefined` where there is none. */
export function text(parent: unknown, name: string): string | undefined {
  const value = member(parent, name);
  return typeof value === 'string' ? value : undefined;
}

/**
 * Refuses child elements that local AWS could only ignore.
 * @throws AwsError `NotImplemented`
 */
export function refuseOtherElements(parent: unknown, known: readonly string[]): void {
  if (typeof parent !== 'object' || parent === null) return;
  const other = Object.keys(parent).find((name) => !known.includes(name) && !name.startsWith('#'));
  if (other !== undefined) throw featureNotImplemented(`the element ${other}`);
}

function member(parent: unknown, name: string): unknown {
  return typeof parent === 'object' && parent !== null && Object.hasOwn(parent, name)
    ? (parent as Record<string, unknown>)[name]
    : undefined;
}
