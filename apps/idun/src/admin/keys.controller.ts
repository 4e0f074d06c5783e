import { Controller, Inject, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { assertKey, IdunError } from '#contracts';
import { keyNotFound, MAX_ID_LIMIT, type AdminKey, type Operator } from '#core';
import { SEGMENT_MODE, type SegmentMode } from '#segment';
import { acceptBodies } from '../http/json-body.js';
import { ADMIN_OPTIONS, type AdminOptions } from './admin-options.js';
import { assertAdmin } from './admin.guard.js';
import { journalReport, type JournalReport } from './journal-report.js';
import { readAdvance, readChange, readNewKey } from './key-bodies.js';
import { keyReport, type KeyReport } from './key-report.js';

const TIMEOUT_MS = 2_000;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
const ID = /^[1-9]\d{0,18}$/;

interface ListRoute {
  Querystring: { after?: unknown; limit?: unknown };
}
interface KeyRoute {
  Params: { key: string };
  Querystring: { id?: unknown };
}
type KeyRequest = FastifyRequest<KeyRoute>;

interface NodeKeyReport extends KeyReport {
  /** Ids in the memory of the node that answers. */
  buffered: number;
}

/** Keys as operators see and change them. */
@Controller()
export class KeysController implements OnModuleInit {
  constructor(
    @Inject(ADMIN_OPTIONS) private readonly options: AdminOptions,
    @Inject(SEGMENT_MODE) private readonly segment: SegmentMode,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    // In a scope of their own, as they take bodies, and who may not come is refused before one is read.
    fastify.register(async (scope) => {
      acceptBodies(scope);
      scope.addHook('onRequest', async (request, reply) => {
        void reply.header('cache-control', 'no-store');
        assertAdmin(request, this.options.token);
      });
      scope.get<ListRoute>('/api/keys', ({ query }) => this.list(query));
      scope.get<KeyRoute>('/api/keys/:key', (request) => this.show(request));
      scope.put<KeyRoute>('/api/keys/:key', (request, reply) => this.create(request, reply));
      scope.patch<KeyRoute>('/api/keys/:key', (request) => this.change(request));
      scope.delete<KeyRoute>('/api/keys/:key', (request, reply) => this.delete(request, reply));
      scope.post<KeyRoute>('/api/keys/:key/advance', (request) => this.advance(request));
      scope.get<KeyRoute>('/api/keys/:key/journal', (request) => this.journal(request));
    });
  }

  private async list({
    after,
    limit,
  }: ListRoute['Querystring']): Promise<{ keys: NodeKeyReport[]; next?: string }> {
    const count = readLimit(limit);
    // Not a key's rules: the table may have rows that somebody else made, and a page may end with one.
    if (after !== undefined && typeof after !== 'string') {
      throw new IdunError('REQUEST_INVALID', 'after is given more than once.');
    }
    const found = await this.options.keys.list(after, count + 1, TIMEOUT_MS);
    const page = found.slice(0, count);
    return {
      keys: page.map((key) => this.report(key)),
      ...(found.length > count && { next: page.at(-1)!.key }),
    };
  }

  private async show(request: KeyRequest): Promise<NodeKeyReport> {
    return this.report(await this.options.keys.get(keyOf(request), TIMEOUT_MS));
  }

  private async create(request: KeyRequest, reply: FastifyReply): Promise<NodeKeyReport> {
    const wanted = readNewKey(keyOf(request), request.body);
    const made = await this.changed(
      this.options.keys.create(wanted, operatorOf(request), TIMEOUT_MS),
    );
    void reply.code(201);
    return this.report(made);
  }

  private async change(request: KeyRequest): Promise<NodeKeyReport> {
    const key = keyOf(request);
    const change = readChange(request.body);
    return this.report(
      await this.changed(this.options.keys.change(key, change, operatorOf(request), TIMEOUT_MS)),
    );
  }

  private async delete(request: KeyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const key = keyOf(request);
    await this.changed(this.options.keys.delete(key, operatorOf(request), TIMEOUT_MS));
    return reply.code(204).send();
  }

  private async advance(request: KeyRequest): Promise<NodeKeyReport> {
    const key = keyOf(request);
    const to = readAdvance(request.body);
    return this.report(await this.options.keys.advance(key, to, operatorOf(request), TIMEOUT_MS));
  }

  private async journal(request: KeyRequest): Promise<JournalReport> {
    const key = keyOf(request);
    const id = readId(request.query.id);
    const found = await this.options.journal.find(key, id, TIMEOUT_MS);
    // Of a key that was deleted it still tells what it has.
    const isKnown = found.maxId !== undefined || found.ranges.length + found.events.length > 0;
    if (!isKnown) throw keyNotFound(key);
    return journalReport(key, id, found);
  }

  private async changed<T>(change: Promise<T>): Promise<T> {
    const result = await change;
    await this.options.refreshControls();
    return result;
  }

  private report(key: AdminKey): NodeKeyReport {
    return { ...keyReport(key), buffered: this.segment.bufferedIds(key.key) };
  }
}

function keyOf({ params: { key } }: KeyRequest): string {
  assertKey(key);
  return key;
}

/** All who know the token are one; the address tells them apart a little. */
const operatorOf = ({ ip }: KeyRequest): Operator => ({ actor: `admin@${ip}` });

function readLimit(text: unknown): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = typeof text === 'string' && /^[1-9]\d{0,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT) {
    throw new IdunError('REQUEST_INVALID', `limit is a whole number from 1 to ${MAX_LIMIT}.`);
  }
  return limit;
}

function readId(text: unknown): bigint {
  const id = typeof text === 'string' && ID.test(text) ? BigInt(text) : 0n;
  if (id === 0n || id >= MAX_ID_LIMIT) {
    throw new IdunError('ID_INVALID', 'Name the id, a decimal string: ?id=4711.');
  }
  return id;
}
