// Open load in a process of its own: `node overload-load.mjs '<JSON options>'`, with `protocol` ("http" or "tcp"), `port`,
// `connections`, `perSecond` and `seconds`. Prints one JSON object.
//
// Calls have fixed times at which they are meant to be sent, whether or not earlier ones were answered. One that is due
// takes a free connection, of which each has one call under way; where none is free the call is not made, and counted
// in `crowded`. What a call took is counted from the time at which it was meant to be sent, so that a delay of this
// process counts too.
import { connect } from 'node:net';
import { once } from 'node:events';

const { protocol, port, connections, perSecond, seconds } = JSON.parse(process.argv[2]);
const TICK_MS = 1;
const DRAIN_MS = 10_000;

const call = { pattern: 'segment.get', data: { key: 'default' }, id: '1' };
const packet = JSON.stringify(call);
const request =
  protocol === 'http'
    ? 'GET /api/segment/get/default HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'
    : `${packet.length}#${packet}`;

/** Whether a whole reply is in `text`, and which: undefined while it is not. */
const replyIn = protocol === 'http' ? httpReply : tcpReply;

function httpReply(text) {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const length = Number(/content-length: (\d+)/i.exec(text)[1]);
  if (text.length < head + 4 + length) return undefined;
  if (text.startsWith('HTTP/1.1 200')) return 'accepted';
  return text.includes('"code":"OVERLOADED"') ? 'refused' : 'failed';
}

function tcpReply(text) {
  const mark = text.indexOf('#');
  if (mark < 0 || text.length < mark + 1 + Number(text.slice(0, mark))) return undefined;
  if (text.includes('"response":')) return 'accepted';
  return text.includes('"code":"OVERLOADED"') ? 'refused' : 'failed';
}

const times = { accepted: [], refused: [], failed: [] };
const free = [];
let crowded = 0;
let broken = 0;
let underWay = 0;

async function open() {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const connection = { socket, meantAtMs: 0, text: '' };
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('data', (chunk) => {
    connection.text += chunk;
    const reply = replyIn(connection.text);
    if (reply === undefined) return;
    times[reply].push(performance.now() - connection.meantAtMs);
    connection.text = '';
    underWay--;
    free.push(connection);
  });
  socket.on('error', () => undefined);
  socket.on('close', () => broken++);
  free.push(connection);
}

function send(meantAtMs) {
  const connection = free.shift();
  if (!connection) {
    crowded++;
    return;
  }
  connection.meantAtMs = meantAtMs;
  connection.socket.write(request);
  underWay++;
}

function summary(all) {
  const sorted = all.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: all.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

for (let i = 0; i < connections; i++) await open();
const startMs = performance.now();
const total = perSecond * seconds;
let sent = 0;
await new Promise((resolve) => {
  const timer = setInterval(() => {
    const due = Math.min(total, Math.ceil(((performance.now() - startMs) * perSecond) / 1_000));
    for (; sent < due; sent++) send(startMs + (sent * 1_000) / perSecond);
    if (sent < total) return;
    clearInterval(timer);
    resolve();
  }, TICK_MS);
});
const endMs = performance.now();
while (underWay > 0 && performance.now() - endMs < DRAIN_MS) {
  await new Promise((resolve) => setTimeout(resolve, 5));
}
const result = { offered: total, crowded, broken, unanswered: underWay, tookMs: endMs - startMs };
for (const [name, all] of Object.entries(times)) result[name] = summary(all);
process.stdout.write(JSON.stringify(result), () => process.exit(0));
