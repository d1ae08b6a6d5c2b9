#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Walks through everything that a client does with a server, with the official TypeScript clients, and prints a JSON line
// a step. The walks in other languages (python/walk.py, go/walk) print the same lines: see walk_test.mjs.
//   node walk.mjs URL v1|v2 legacy|modern          node walk.mjs URL mcp-remote legacy   (v2 through the bridge)
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as v1 from '@modelcontextprotocol/sdk/types.js';
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { MODERN } from './session.mjs';

const INFO = { name: 'mooring-walk', version: '1.0.0' };
const CAPABILITIES = { capabilities: { elicitation: {}, sampling: {}, roots: {} } };
const BRIDGE = fileURLToPath(new URL('./programs/node_modules/mcp-remote/dist/proxy.js', import.meta.url));
const PATIENCE_MS = 30_000;

const [url, which, era] = process.argv.slice(2);
const print = (step, found) => console.log(JSON.stringify({ step, ...found }));
const logged = [];

const filled = () => ({ action: 'accept', content: { username: 'ada', email: 'ada@example.com' } });
const sampled = () => ({ role: 'assistant', model: 'walk', content: { type: 'text', text: 'Hello from the model' } });
const roots = () => ({ roots: [{ uri: 'file:///home/ada', name: 'home' }] });

async function connectV1() {
  const client = new ClientV1(INFO, CAPABILITIES);
  client.setRequestHandler(v1.ElicitRequestSchema, filled);
  client.setRequestHandler(v1.CreateMessageRequestSchema, sampled);
  client.setRequestHandler(v1.ListRootsRequestSchema, roots);
  client.setNotificationHandler(v1.LoggingMessageNotificationSchema, ({ params }) => { logged.push(params.data); });
  const transport = new HttpV1(new URL(url));
  await client.connect(transport);
  return { client, version: transport.protocolVersion, call: (params, options) => client.callTool(params, undefined, options) };
}

function transportV2() {
  if (which !== 'mcp-remote') return new HttpV2(new URL(url));
  return new StdioClientTransport({
    command: process.execPath,
    args: [BRIDGE, url, '--transport', 'http-only', '--allow-http', '--silent'],
    stderr: 'ignore',
  });
}

async function connectV2() {
  const mode = era === 'modern' ? { pin: MODERN } : era;
  const client = new ClientV2(INFO, { ...CAPABILITIES, versionNegotiation: { mode } });
  client.setRequestHandler('elicitation/create', filled);
  client.setRequestHandler('sampling/createMessage', sampled);
  client.setRequestHandler('roots/list', roots);
  client.setNotificationHandler('notifications/message', ({ params }) => { logged.push(params.data); });
  await client.connect(transportV2());
  return { client, version: client.getNegotiatedProtocolVersion(), call: (params, options) => client.callTool(params, options) };
}

const connect = which === 'v1' ? connectV1 : connectV2;
const names = (list) => list.map(({ name }) => name);

async function list({ client }) {
  const { tools } = await client.listTools();
  const { resources } = await client.listResources();
  const { resourceTemplates } = await client.listResourceTemplates();
  const { prompts } = await client.listPrompts();
  print('list', { tools: names(tools), resources: names(resources), templates: names(resourceTemplates), prompts: names(prompts) });
}

async function progress({ call }) {
  const told = [];
  const result = await call({ name: 'test_tool_with_progress', arguments: {} }, { onprogress: (one) => told.push(one.progress) });
  print('progress', { told, text: result.content[0].text });
}

async function read({ client }) {
  const { contents } = await client.readResource({ uri: 'test://static-text' });
  const filledIn = await client.readResource({ uri: 'test://template/7/data' });
  print('read', { text: contents[0].text, id: JSON.parse(filledIn.contents[0].text).id });
}

async function prompt({ client }) {
  const { messages } = await client.getPrompt({ name: 'test_prompt_with_arguments', arguments: { arg1: 'a', arg2: 'b' } });
  print('prompt', { text: messages[0].content.text });
}

async function complete({ client }) {
  const ref = { type: 'ref/prompt', name: 'test_prompt_with_arguments' };
  const { completion } = await client.complete({ ref, argument: { name: 'arg1', value: 'par' } });
  print('complete', { values: completion.values });
}

async function asked({ call }) {
  const form = await call({ name: 'test_elicitation', arguments: { message: 'Who are you?' } });
  print('elicit', { text: form.content[0].text });
  const model = await call({ name: 'test_sampling', arguments: { prompt: 'Say hello' } });
  print('sample', { text: model.content[0].text });
}

async function log({ call }) {
  const _meta = era === 'modern' ? { 'io.modelcontextprotocol/logLevel': 'info' } : undefined;
  logged.length = 0;
  await call({ name: 'test_tool_with_logging', arguments: {}, _meta });
  print('log', { data: logged });
}

const cancelledSoFar = async ({ call }) => Number((await call({ name: 'test_wait_cancelled', arguments: {} })).content[0].text);

/** The call is given up as soon as it is known to run; then the server has to hear of it. */
async function cancel(session) {
  const before = await cancelledSoFar(session);
  const giveUp = new AbortController();
  const failed = await session.call({ name: 'test_wait', arguments: { milliseconds: 60_000 } },
    { signal: giveUp.signal, onprogress: () => giveUp.abort() }).then(() => false, () => true);
  const end = Date.now() + PATIENCE_MS;
  let heard = 0;
  while (heard === 0 && Date.now() < end) heard = await cancelledSoFar(session) - before;
  print('cancel', { failed, heard });
}

/** Waits for the word that the server has been started anew. A session of before may be gone: then a new one is made. */
async function restart(session) {
  const lines = createInterface({ input: process.stdin });
  print('ready', {});
  await once(lines, 'line');
  lines.close();
  const call = (one) => one.call({ name: 'test_simple_text', arguments: {} });
  const result = await call(session).catch(async () => call(await connect()));
  print('restart', { text: result.content[0].text });
}

const session = await connect();
print('connect', { version: session.version, server: session.client.getServerVersion().name });
for (const step of [list, progress, read, prompt, complete, asked, log, cancel, restart]) await step(session);
process.exit(0);
