// A caller as a user of Nest writes one, driven by its parent process: `client-proxy.mjs PORT`.
// It is sent {id, kind: 'send' | 'emit', pattern, data} and sends back {id, outcome}.
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';

const client = ClientProxyFactory.create({
  transport: Transport.TCP,
  options: { host: '127.0.0.1', port: Number(process.argv[2]) },
});

const calls = {
  send: (pattern, data) => firstValueFrom(client.send(pattern, data)),
  emit: (pattern, data) => firstValueFrom(client.emit(pattern, data), { defaultValue: null }),
};

/** What the server threw comes as it is, what Nest itself throws is an Error. */
async function outcomeOf(call) {
  try {
    return { value: await call };
  } catch (error) {
    return error instanceof Error ? { failure: error.message } : { error };
  }
}

process.on('message', ({ id, kind, pattern, data }) => {
  void outcomeOf(calls[kind](pattern, data)).then((outcome) => process.send({ id, outcome }));
});
process.on('disconnect', () => process.exit());
