/**
 * Instead of the SDK's event streams, which no operation of DynamoDB that is used here has.
 * @returns {never}
 */
export function eventStreamSerdeProvider() {
  throw new Error('This bundle has no event streams: see services/bundle/plugin.js.');
}

export const EventStreamSerde = eventStreamSerdeProvider;
