/** The properties of an object or a function. Any other value has none. */
export function propertiesOf(value: unknown): Readonly<Record<string, unknown>> {
  const hasProperties = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return hasProperties ? (value as Readonly<Record<string, unknown>>) : {};
}
