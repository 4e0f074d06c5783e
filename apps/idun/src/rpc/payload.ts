import { IdunError } from '#contracts';

/**
 * A message's data must be an object; its fields are as the caller sent them, for the generators to check.
 * @throws `REQUEST_INVALID`
 */
export function assertPayload(payload: unknown): asserts payload is object {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new IdunError(
      'REQUEST_INVALID',
      "The data of a message is an object, such as {key: 'order'}.",
    );
  }
}
