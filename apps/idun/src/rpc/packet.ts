import type { RpcError } from '#contracts';

import { FrameError } from './frame-reader.js';

/** What a client sent; nothing of it is validated but that it is an object with a pattern. */
export interface RequestPacket {
  pattern: unknown;
  data: unknown;
  /** The caller's id as JSON, to be echoed as it came; undefined for an event, which takes no reply. */
  id: string | undefined;
}

/** Throws `FrameError` for what no Nest client sends. */
export function parsePacket(frame: string): RequestPacket {
  const packet = parseJson(frame);
  if (typeof packet !== 'object' || packet === null || Array.isArray(packet)) {
    throw new FrameError('a frame is not an object');
  }
  const { pattern, data, id }: { pattern?: unknown; data?: unknown; id?: unknown } = packet;
  if (pattern === undefined || pattern === null) throw new FrameError('a frame has no pattern');
  return { pattern, data, id: idAsJson(id) };
}

function parseJson(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch {
    throw new FrameError('a frame is not JSON');
  }
}

function idAsJson(id: unknown): string | undefined {
  try {
    return JSON.stringify(id);
  } catch {
    // JSON.parse takes any depth, JSON.stringify does not.
    throw new FrameError('the id of a frame is nested too deeply');
  }
}

/** A value and the end of the reply in one. Throws where the value has no JSON. */
export function replyPacket(id: string, response: unknown): string {
  const json: string | undefined = JSON.stringify(response);
  const member = json === undefined ? '' : `"response":${json},`;
  return `{${member}"isDisposed":true,"id":${id}}`;
}

/** A value of a stream that may have more. Throws where the value has no JSON. */
export function valuePacket(id: string, response: unknown): string {
  return `{"response":${JSON.stringify(response ?? null)},"id":${id}}`;
}

export function errorPacket(id: string, error: RpcError): string {
  return `{"err":${JSON.stringify(error)},"isDisposed":true,"id":${id}}`;
}

/** Word for word what Nest's own server says, so that clients treat both alike. */
export function noHandlerPacket(id: string): string {
  const err = 'There is no matching message handler defined in the remote service.';
  return `{"id":${id},"status":"error","err":"${err}"}`;
}

export function encodeFrame(packet: string): string {
  return `${packet.length}#${packet}`;
}
