import { EventEmitter } from 'node:events';
import type { ClientEvent, ClientEvents } from './client-events.js';

/** A listener that fails is a warning of the process, and nothing to whoever emits. */
export class ClientEmitter {
  readonly listeners = new EventEmitter<ClientEvents>();

  emit<E extends ClientEvent>(event: E, ...args: ClientEvents[E]): void {
    // Those of `once` take themselves off when they are called.
    for (const listener of this.listeners.rawListeners(event)) void tell(event, listener, args);
  }
}

/** Awaited, so that the failure of an async listener is met too. */
async function tell(event: string, listener: Function, args: unknown[]): Promise<void> {
  try {
    await (Reflect.apply(listener, undefined, args) as unknown);
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.emitWarning(`A listener of '${event}' failed: ${detail}`, 'IdunClientWarning');
  }
}
