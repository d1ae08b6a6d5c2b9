#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The fixture behind the SDK's own HTTP transports, without an endpoint: what passes here and fails there is the endpoint's.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { localhostHostValidation, localhostOriginValidation, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, isLegacyRequest, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { everything, makeWorld } from './fixture/server.mjs';

const RETRY_MS = 100;

/** Keeps what was sent on each stream, so that a client that comes back gets what it has missed. */
class Events {
  #events = [];

  async storeEvent(streamId, message) {
    this.#events.push({ streamId, message });
    return `${streamId}/${this.#events.length}`;
  }

  async getStreamIdForEventId(id) {
    return id.slice(0, id.lastIndexOf('/'));
  }

  async replayEventsAfter(lastId, { send }) {
    const streamId = await this.getStreamIdForEventId(lastId);
    const after = Number(lastId.slice(streamId.length + 1));
    for (const [index, event] of this.#events.entries()) {
      const told = event.streamId !== streamId || index < after || Object.keys(event.message).length === 0;
      if (!told) await send(`${streamId}/${index + 1}`, event.message);
    }
    return streamId;
  }
}

function refusal(status, code, message) {
  return Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status });
}

/** Legacy clients have sessions, each with a server of its own. */
function sessions() {
  const open = new Map();
  const begin = async () => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new Events(),
      retryInterval: RETRY_MS,
      onsessioninitialized: (id) => { open.set(id, transport); },
      onsessionclosed: (id) => { open.delete(id); },
    });
    await everything(makeWorld())({ era: 'legacy' }).connect(transport);
    return transport;
  };
  return async (request) => {
    const id = request.headers.get('mcp-session-id');
    if (id) return open.has(id) ? open.get(id).handleRequest(request) : refusal(404, -32001, 'Session not found');
    return (await begin()).handleRequest(request);
  };
}

/** Answers {url, stop}; port 0 is a free one. */
export async function serveReference(port = 0) {
  const world = makeWorld();
  const modern = createMcpHandler(everything(world), { legacy: 'reject' });
  world.changes = modern.notify;
  const legacy = sessions();
  const fetch = async (request) => (await isLegacyRequest(request)) ? legacy(request) : modern.fetch(request);
  const handle = toNodeHandler({ fetch }, { onerror: (error) => console.error(error) });
  const [host, origin] = [localhostHostValidation(), localhostOriginValidation()];
  const server = createServer((request, response) => {
    // the head of a stream is sent when it begins: Node would wait for the first event
    const writeHead = response.writeHead.bind(response);
    response.writeHead = (...head) => { writeHead(...head).flushHeaders(); return response; };
    if (host(request, response) && origin(request, response)) handle(request, response);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = async () => {
    await modern.close();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${server.address().port}/mcp`, stop };
}

if (argv[1] === fileURLToPath(import.meta.url)) console.log((await serveReference(Number(argv[2] ?? 0))).url);
