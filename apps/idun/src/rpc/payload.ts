import { IdunError } from '#contracts';

/**
 * The payload of a message as an object; its fields are as the caller sent them, for the generators to check.
 * @throws `REQUEST_INVALID`
 */
export function readPayload<T>(payload: unknown): T {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new IdunError(
      'REQUEST_INVALID',
      "A message's data is an object, such as {key: 'order'}.",
    );
  }
  return payload as T;
}
