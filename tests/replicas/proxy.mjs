#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// A balancer with no memory: every request goes to one of the replicas at random. Streams are passed through as they
// come. A replica that refuses connections is passed over, as one that is not among a Service's endpoints.
// Its parent names the ports over IPC, {ports}, and is told {port} once and {served} after each change.
import { randomInt } from 'node:crypto';
import { Agent, createServer, request as ask } from 'node:http';

/** Which replica answered: a client's test reads it, a client has no use for it. */
const SERVED_BY = 'x-served-by';

/** A replica that drains closes connections that have been silent for two seconds: none of ours is by then. */
const agent = new Agent({ keepAlive: true, timeout: 1000 });

let ports = [];

function inAnyOrder(all) {
  const order = [...all];
  for (let left = order.length; left > 1; left -= 1) {
    const one = randomInt(left);
    [order[left - 1], order[one]] = [order[one], order[left - 1]];
  }
  return order;
}

function answer(response, port, reply) {
  const { connection: _, 'keep-alive': __, ...headers } = reply.headers;
  response.writeHead(reply.statusCode, { ...headers, [SERVED_BY]: String(port) });
  response.flushHeaders();
  reply.pipe(response);
  // a stream that breaks must not look as if it had ended
  reply.once('aborted', () => response.destroy());
  response.once('close', () => reply.destroy());
}

function refuse(response, why) {
  if (response.headersSent) return response.destroy();
  response.writeHead(502, { 'content-type': 'application/json' }).end(JSON.stringify({ balancer: why }));
}

/** Asks the first of these replicas that takes the connection; nothing has been sent to one that does not. */
function pass(incoming, body, response, [port, ...others]) {
  if (port === undefined) return refuse(response, 'no replica takes connections');
  const { method, url, headers: { connection: _, ...headers } } = incoming;
  const outgoing = ask({ host: '127.0.0.1', port, method, path: url, headers, agent });
  outgoing.setNoDelay(true);
  outgoing.once('response', (reply) => answer(response, port, reply));
  outgoing.once('error', (error) => {
    if (error.code === 'ECONNREFUSED') return pass(incoming, body, response, others);
    return refuse(response, `replica ${port}: ${error.message}`);
  });
  response.once('close', () => outgoing.destroy());
  outgoing.end(body);
}

const server = createServer((incoming, response) => {
  const chunks = [];
  incoming.on('data', (chunk) => chunks.push(chunk));
  incoming.once('end', () => pass(incoming, Buffer.concat(chunks), response, inAnyOrder(ports)));
});
// a connection is the client's to close
server.keepAliveTimeout = 0;

process.on('message', (told) => {
  ports = told.ports;
  process.send({ served: ports });
});
process.once('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
