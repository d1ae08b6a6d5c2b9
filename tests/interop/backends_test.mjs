// SPDX-License-Identifier: Apache-2.0
// Servers of others behind the endpoint, each met by a client of each generation.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { serve } from './serve.mjs';
import { MODERN } from './session.mjs';
import { buildGo, ENVIRONMENT } from './walkers.mjs';

const ERAS = [['legacy', 'legacy'], ['modern', { pin: MODERN }]];
const names = (list) => list.map(({ name }) => name).sort();
const textOf = ({ content }) => content[0].text;

async function connect(url, mode) {
  const client = new Client({ name: 'backends-test', version: '1.0.0' }, {
    capabilities: { elicitation: {}, sampling: {}, roots: {} },
    versionNegotiation: { mode },
  });
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { name: 'Ada' } }));
  client.setRequestHandler('sampling/createMessage', () => (
    { role: 'assistant', model: 'test', content: { type: 'text', text: 'Hello from the model' } }));
  client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///home/ada', name: 'home' }] }));
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return client;
}

async function counted(client, params) {
  const told = [];
  const result = await client.callTool(params, { onprogress: ({ progress }) => told.push(progress) });
  return { told, text: textOf(result) };
}

/** What the servers of our own in other languages have: see python/server.py. */
const OURS = {
  'lists what the server has': async (client) => {
    assert.deepEqual(names((await client.listTools()).tools), ['add', 'count', 'fail', 'greet']);
    assert.deepEqual((await client.listResources()).resources.map(({ uri }) => uri), ['note://hello']);
    assert.deepEqual((await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate), ['note://of/{name}']);
    assert.deepEqual(names((await client.listPrompts()).prompts), ['introduce']);
  },
  'calls a tool': async (client) => {
    assert.equal(textOf(await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } })), '5');
  },
  'is told the progress of a call': async (client) => {
    assert.deepEqual(await counted(client, { name: 'count', arguments: { to: 3 } }), { told: [1, 2, 3], text: 'Counted to 3' });
  },
  'is asked for what the tool needs': async (client) => {
    assert.equal(textOf(await client.callTool({ name: 'greet', arguments: {} })), 'Hello, Ada!');
  },
  'sees a tool fail in its own words': async (client) => {
    const result = await client.callTool({ name: 'fail', arguments: {} });
    assert.equal(result.isError, true);
    assert.match(textOf(result), /This tool fails/);
  },
  'reads resources, and is told which does not exist': async (client) => {
    assert.equal((await client.readResource({ uri: 'note://hello' })).contents[0].text, 'Hello from a note');
    assert.equal((await client.readResource({ uri: 'note://of/ada' })).contents[0].text, 'The note of ada');
    await assert.rejects(client.readResource({ uri: 'note://nowhere/to/be/found' }), /not found|[Uu]nknown/);
  },
  'gets a prompt and has its argument completed': async (client) => {
    const { messages } = await client.getPrompt({ name: 'introduce', arguments: { name: 'Ada' } });
    assert.equal(messages[0].content.text, 'This is Ada.');
    const { completion } = await client.complete({ ref: { type: 'ref/prompt', name: 'introduce' }, argument: { name: 'name', value: 'ad' } });
    assert.deepEqual(completion.values, ['ada', 'adele']);
  },
};

const THEIRS = {
  'lists what the server has': async (client) => {
    const tools = names((await client.listTools()).tools);
    for (const name of ['echo', 'get-sum', 'trigger-elicitation-request', 'trigger-sampling-request']) assert.ok(tools.includes(name), name);
    assert.ok((await client.listResources()).resources.length > 0);
    assert.equal((await client.listResourceTemplates()).resourceTemplates.length, 2);
    assert.ok(names((await client.listPrompts()).prompts).includes('args-prompt'));
  },
  'calls tools': async (client) => {
    assert.equal(textOf(await client.callTool({ name: 'echo', arguments: { message: 'hi' } })), 'Echo: hi');
    const { structuredContent } = await client.callTool({ name: 'get-structured-content', arguments: { location: 'New York' } });
    assert.equal(typeof structuredContent.temperature, 'number');
  },
  'is told the progress of a call': async (client) => {
    const found = await counted(client, { name: 'trigger-long-running-operation', arguments: { duration: 0.5, steps: 5 } });
    assert.deepEqual(found.told, [1, 2, 3, 4, 5]);
  },
  'is asked for what the tool needs': async (client) => {
    const asked = await client.callTool({ name: 'trigger-elicitation-request', arguments: {} });
    assert.match(textOf(asked), /provided the requested information/);
    const sampled = await client.callTool({ name: 'trigger-sampling-request', arguments: { prompt: 'Say hello', maxTokens: 10 } });
    assert.match(textOf(sampled), /Hello from the model/);
  },
  'reads resources': async (client) => {
    const { contents } = await client.readResource({ uri: 'demo://resource/static/document/features.md' });
    assert.match(contents[0].text, /^# /);
    const filledIn = await client.readResource({ uri: 'demo://resource/dynamic/text/7' });
    assert.match(filledIn.contents[0].text, /7/);
  },
  'gets a prompt and has its argument completed': async (client) => {
    const { messages } = await client.getPrompt({ name: 'args-prompt', arguments: { city: 'Paris' } });
    assert.match(messages[0].content.text, /Paris/);
    const { completion } = await client.complete({
      ref: { type: 'ref/prompt', name: 'completable-prompt' },
      argument: { name: 'department', value: 'E' },
    });
    assert.deepEqual(completion.values, ['Engineering']);
  },
};

const BACKENDS = [
  ['the Python SDK', 'python', OURS],
  ['the Go SDK', 'go', OURS],
  ['server-everything', 'everything', THEIRS],
];

before(async () => {
  await buildGo();
  process.env.PYTHONPATH = ENVIRONMENT.PYTHONPATH;
}, { timeout: 300_000 });

for (const [title, file, sentences] of BACKENDS) {
  describe(`a backend on ${title}`, { timeout: 120_000 }, () => {
    let endpoint;
    before(async () => { endpoint = await serve(fileURLToPath(new URL(`backends/${file}.yaml`, import.meta.url))); });
    after(() => endpoint?.stop());
    for (const [era, mode] of ERAS) {
      describe(`met by a client of the ${era} generation`, () => {
        let client;
        before(async () => { client = await connect(endpoint.url, mode); });
        after(() => client?.close());
        for (const [sentence, check] of Object.entries(sentences)) it(sentence, () => check(client));
      });
    }
  });
}
