/** What to write instead of the schemas whose values JSON cannot carry, by their type in valibot. */
export const JSON_REMEDIES = {
  date: 'JSON has no dates. Write v.pipe(v.string(), v.isoTimestamp())',
  bigint: 'JSON has no bigint. Write v.pipe(v.string(), v.digits())',
  map: 'JSON has no maps. Write v.record(v.string(), …)',
  set: 'JSON has no sets. Write v.array(…)',
  blob: 'JSON has no bytes. Let the client send or read a file by a presigned URL of S3',
  file: 'JSON has no bytes. Let the client send or read a file by a presigned URL of S3',
  undefined: 'JSON has no undefined. Write v.optional(…) in the object that has it',
  void: 'JSON has no undefined. Write v.optional(…) in the object that has it',
  nan: 'JSON has no NaN. Write v.null()',
  symbol: 'JSON has no symbols',
  function: 'JSON has no functions',
  promise: 'JSON has no promises',
  instance: 'JSON has no classes. Write v.object(…)',
} as const;

/** What to write instead of a transformation in a response. */
export const RESPONSE_REMEDY =
  'A response is sent as the handler returns it. Write the schema of what is sent, without a transformation, such as v.pipe(v.string(), v.isoTimestamp())';

/** valibot's transformations after which a value may have another type than the one that is sent. */
export const TYPE_CHANGES = [
  'find_item',
  'map_items',
  'parse_boolean',
  'parse_json',
  'raw_transform',
  'reduce_items',
  'stringify_json',
  'to_bigint',
  'to_boolean',
  'to_date',
  'to_number',
  'to_string',
  'transform',
] as const;
