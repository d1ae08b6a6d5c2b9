// SPDX-License-Identifier: Apache-2.0
// A client that shows what is on the wire: events with their ids, in the order and at the time they come.
import { Agent, request } from 'node:http';
import { META, MODERN } from './messages.mjs';

const PLAIN = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
export const PATIENCE_MS = 30_000;
const agent = new Agent({ keepAlive: true });

export const within = (promise, what, patience = PATIENCE_MS) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing came in ${patience} ms`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/** Event streams, WHATWG HTML 9.2: blocks of `field: value` lines, ended by an empty line; `:` begins a comment. */
function eventOf(block) {
  const event = { comment: true };
  for (const line of block.split('\n')) {
    const [, field, value] = line.match(/^(\w+): ?(.*)$/) ?? [];
    if (!field) continue;
    delete event.comment;
    event[field] = field === 'data' && 'data' in event ? `${event.data}\n${value}` : value;
  }
  if (event.data) event.message = JSON.parse(event.data);
  return event;
}

/** One reply: `next()` is its next event, `rest()` all that are left, `close()` hangs up. */
export class Reply {
  #response;
  #chunks;
  #text = '';
  #decoder = new TextDecoder();

  constructor(response) {
    this.status = response.statusCode;
    this.headers = { get: (name) => response.headers[name] ?? null };
    this.#response = response;
    this.#chunks = response[Symbol.asyncIterator]();
  }

  get streams() {
    return this.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  }

  async #more() {
    const { value, done } = await this.#chunks.next();
    if (done) return false;
    this.#text += this.#decoder.decode(value, { stream: true }).replaceAll('\r\n', '\n');
    return true;
  }

  async #event() {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const event = eventOf(this.#text.slice(0, end));
        this.#text = this.#text.slice(end + 2);
        if (!event.comment) return event;
      } else if (!await this.#more()) {
        return undefined;
      }
    }
  }

  next(what = 'the next event') {
    return within(this.#event(), what);
  }

  /** The next message, whatever events without one come before. */
  async message(what = 'the next message') {
    for (;;) {
      const event = await this.next(what);
      if (event === undefined || event.message) return event?.message;
    }
  }

  async rest() {
    const events = [];
    for (let event = await this.next('the end'); event; event = await this.next('the end')) events.push(event);
    return events;
  }

  async json() {
    while (await within(this.#more(), 'the body'));
    return this.#text === '' ? undefined : JSON.parse(this.#text);
  }

  /** The answer to a request, out of a body or a stream. */
  async answer() {
    if (!this.streams) return this.json();
    return (await this.rest()).map(({ message }) => message).filter((message) => message && 'id' in message && !message.method).at(-1);
  }

  close() {
    this.#response.destroy();
  }
}

async function send(url, { method = 'POST', headers, body }) {
  const sent = request(url, { method, headers, agent });
  const replied = new Promise((resolve, reject) => { sent.once('response', resolve).on('error', reject); });
  sent.end(body && JSON.stringify(body));
  return new Reply(await within(replied, `${method} ${body?.method ?? ''}`));
}

/** Speaks the modern generation. */
export class ModernWire {
  #url;
  #last = 0;

  constructor(url) {
    this.#url = url;
  }

  request(method, params = {}, { meta, id, headers } = {}) {
    const name = params.name ?? params.uri;
    return send(this.#url, {
      headers: { ...PLAIN, 'mcp-protocol-version': MODERN, 'mcp-method': method, ...(name && { 'mcp-name': name }), ...headers },
      body: { jsonrpc: '2.0', id: id ?? (this.#last += 1), method, params: { ...params, _meta: { ...META, ...meta } } },
    });
  }

  call(name, args = {}, options) {
    return this.request('tools/call', { name, arguments: args }, options);
  }
}

/** Speaks an older generation, with a session. */
export class LegacyWire {
  #url;
  #headers;
  #last = 0;

  /** The reply to `initialize`. */
  opened;

  static async open(url, version = '2025-11-25', capabilities = {}) {
    const wire = new LegacyWire();
    wire.#url = url;
    wire.#headers = PLAIN;
    const reply = await wire.request('initialize', { protocolVersion: version, capabilities, clientInfo: { name: 'wire', version: '1' } });
    const session = reply.headers.get('mcp-session-id');
    wire.opened = reply;
    await reply.answer();
    wire.#headers = { ...PLAIN, 'mcp-protocol-version': version, ...(session && { 'mcp-session-id': session }) };
    await wire.notify('notifications/initialized');
    return wire;
  }

  async post(message) {
    return send(this.#url, { headers: this.#headers, body: { jsonrpc: '2.0', ...message } });
  }

  request(method, params, id = (this.#last += 1)) {
    return this.post({ id, method, params });
  }

  notify(method, params) {
    return this.post({ method, params });
  }

  call(name, args = {}, { progressToken, id } = {}) {
    const meta = progressToken === undefined ? {} : { _meta: { progressToken } };
    return this.request('tools/call', { name, arguments: args, ...meta }, id);
  }

  stream(lastEventId) {
    const { 'content-type': _, ...headers } = this.#headers;
    return send(this.#url, {
      method: 'GET',
      headers: { ...headers, accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) },
    });
  }

  end() {
    return send(this.#url, { method: 'DELETE', headers: this.#headers });
  }
}
