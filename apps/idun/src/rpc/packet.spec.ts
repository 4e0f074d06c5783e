import { describe, expect, it } from 'vitest';

import { FrameError } from './frame-reader.js';
import { parsePacket, replyPacket, valuePacket } from './packet.js';

describe('parsePacket', () => {
  it.each([
    '',
    'x',
    'null',
    '[]',
    '["pattern"]',
    '1',
    'true',
    '"pattern"',
    '{}',
    '{"pattern":null}',
  ])('refuses %j', (frame) => {
    expect(() => parsePacket(frame)).toThrow(FrameError);
  });

  it.each(['"a"', '1', 'null', 'true', '{"a":[1]}', '"\\ud800\\n"'])('echoes the id %s', (id) => {
    expect(parsePacket(`{"pattern":"x","id":${id}}`).id).toBe(id);
  });

  it('takes a packet without an id for an event', () => {
    expect(parsePacket('{"pattern":"x","data":1}')).toEqual({
      pattern: 'x',
      data: 1,
      id: undefined,
    });
  });

  it('refuses an id that is nested too deeply to be echoed', () => {
    const id = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(() => parsePacket(`{"pattern":"x","id":${id}}`)).toThrow(FrameError);
  });

  it('does not take members of a prototype for a pattern', () => {
    const frame = '{"__proto__":{"pattern":"x"},"id":1}';
    expect(() => parsePacket(frame)).toThrow('no pattern');
    expect(Object.hasOwn(Object.prototype, 'pattern')).toBe(false);
  });
});

describe('replies', () => {
  it.each([
    ['x', '{"response":"x","isDisposed":true,"id":1}'],
    [['1'], '{"response":["1"],"isDisposed":true,"id":1}'],
    [null, '{"response":null,"isDisposed":true,"id":1}'],
    [undefined, '{"isDisposed":true,"id":1}'],
  ])('carry %j as Nest does', (response, packet) => {
    expect(replyPacket('1', response)).toBe(packet);
  });

  it('may leave the stream open', () => {
    expect(valuePacket('"a"', 2)).toBe('{"response":2,"id":"a"}');
  });
});
