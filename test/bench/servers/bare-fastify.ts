import { fastify } from 'fastify';
import { announce, BARE_ID } from './announce.js';

/** What Fastify itself costs: one route of idun's pattern, and the leanest handler that it has. */
const app = fastify();
app.get('/api/bare/get/:key', (_request, reply) => reply.send(BARE_ID));
await app.listen({ host: '127.0.0.1', port: 0 });
announce('http', app.server.address());
