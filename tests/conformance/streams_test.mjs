// SPDX-License-Identifier: Apache-2.0
// What the suite does not look at: streams as they are on the wire, and that ends and cancellations reach the backend.
// MOORING_REFERENCE=1 looks at the SDK's own HTTP transport instead.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serve } from '../interop/serve.mjs';
import { LegacyWire, ModernWire, PATIENCE_MS, within } from './wire.mjs';

const FIXTURE = fileURLToPath(new URL('everything.yaml', import.meta.url));
const REFERENCE = Boolean(process.env.MOORING_REFERENCE);
const LOG_LEVEL = 'io.modelcontextprotocol/logLevel';
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
const WATCHED = 'test://watched-resource';
const A_MINUTE = { milliseconds: 60_000 };
/** Of a group of tests: whichever of them waits in vain says for what. */
const ALL_OF_THEM_MS = 10 * PATIENCE_MS;

let endpoint;
const start = async () => REFERENCE ? (await import('./reference.mjs')).serveReference() : serve(FIXTURE);
before(async () => { endpoint = await start(); }, { timeout: 120_000 });
after(() => endpoint?.stop());

/** What the specification leaves open, and the endpoint does not. */
const ours = REFERENCE ? () => {} : it;

const textOf = ({ result }) => result.content[0].text;
const methods = (events) => events.map(({ message }) => message?.method ?? 'answer');
const progressOf = (events) => events.filter(({ message }) => message?.method === 'notifications/progress').map(({ message }) => message.params);
const cancelled = async () => Number(textOf(await (await new ModernWire(endpoint.url).call('test_wait_cancelled')).answer()));

async function eventually(condition, what) {
  const end = Date.now() + PATIENCE_MS;
  while (!await condition()) if (Date.now() > end) throw new Error(`${what}: not in ${PATIENCE_MS} ms`);
}

describe('a call of the modern generation', { timeout: ALL_OF_THEM_MS }, () => {
  let wire;
  before(() => { wire = new ModernWire(endpoint.url); });

  it('is answered with JSON when there is nothing to tell before', async () => {
    const reply = await wire.call('test_simple_text');
    assert.match(reply.headers.get('content-type'), /^application\/json/);
    assert.equal(textOf(await reply.json()), 'This is a simple text response for testing.');
  });

  it('becomes a stream when there is, without ids, and the answer ends it', async () => {
    const reply = await wire.call('test_tool_with_progress', {}, { meta: { progressToken: 'a token' } });
    assert.equal(reply.status, 200);
    assert.ok(reply.streams);
    assert.equal(reply.headers.get('x-accel-buffering'), 'no');
    assert.equal(reply.headers.get('mcp-session-id'), null);
    const events = await reply.rest();
    assert.deepEqual(progressOf(events).map(({ progressToken, progress }) => [progressToken, progress]), [['a token', 0], ['a token', 50], ['a token', 100]]);
    assert.equal(methods(events).at(-1), 'answer');
    assert.ok(events.every(({ id, retry }) => id === undefined && retry === undefined));
  });

  it('keeps the token of each of two calls at once, though they are the same', async () => {
    const replies = await Promise.all([1, 2].map(() => wire.call('test_tool_with_progress', {}, { meta: { progressToken: 7 } })));
    for (const events of await Promise.all(replies.map((reply) => reply.rest()))) {
      assert.deepEqual(progressOf(events).map(({ progressToken, progress }) => [progressToken, progress]), [[7, 0], [7, 50], [7, 100]]);
    }
  });

  it('is told log lines when it wants them, from its level on', async () => {
    const told = async (level) => methods(await (await wire.call('test_logging_tool', {}, { meta: { [LOG_LEVEL]: level } })).rest());
    assert.deepEqual(await told('info'), ['notifications/message', 'notifications/message', 'notifications/message', 'answer']);
    const silent = await wire.call('test_logging_tool', {}, { meta: { [LOG_LEVEL]: 'warning' } });
    assert.equal(textOf(await silent.answer()), 'Tool with logging executed successfully');
  });

  ours('of a client that takes only JSON is answered with it, whatever there is to tell', async () => {
    const reply = await wire.call('test_tool_with_progress', {}, { meta: { progressToken: 1 }, headers: { accept: 'application/json' } });
    assert.match(reply.headers.get('content-type'), /^application\/json/);
    assert.equal(textOf(await reply.json()), 'Tool with progress executed successfully');
  });

  it('is cancelled when its stream is closed', async () => {
    const already = await cancelled();
    const reply = await wire.call('test_wait', A_MINUTE, { meta: { progressToken: 1 } });
    assert.equal((await reply.message()).method, 'notifications/progress');
    reply.close();
    await eventually(async () => await cancelled() === already + 1, 'the cancellation');
  });

  it('is cancelled however soon, each of a hundred', async () => {
    const already = await cancelled();
    for (let i = 0; i < 100; i += 1) {
      const reply = await wire.call('test_wait', A_MINUTE, { meta: { progressToken: i } });
      await reply.message();
      reply.close();
    }
    await eventually(async () => await cancelled() === already + 100, 'a hundred cancellations');
  });

  it('carries the keys of a trace on to the backend', async () => {
    const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=b', baggage: 'c=d' };
    const meta = JSON.parse(textOf(await (await wire.call('test_meta', {}, { meta: trace })).answer()));
    assert.equal(meta.traceparent.split('-')[1], trace.traceparent.split('-')[1]);
    assert.equal(meta.tracestate, trace.tracestate);
    assert.equal(meta.baggage, trace.baggage);
  });
});

describe('a subscription of the modern generation', { timeout: ALL_OF_THEM_MS }, () => {
  let wire;
  before(() => { wire = new ModernWire(endpoint.url); });
  const listen = (notifications, id) => wire.request('subscriptions/listen', { notifications }, { id });
  const trigger = async (name, args) => (await wire.call(name, args)).answer();

  for (const id of ['a text', 4711]) {
    it(`is acknowledged first, by its id ${JSON.stringify(id)}, and hears of what it asked for`, async () => {
      const reply = await listen({ toolsListChanged: true }, id);
      assert.ok(reply.streams);
      const first = await reply.message('the acknowledgement');
      assert.equal(first.method, 'notifications/subscriptions/acknowledged');
      assert.deepEqual(first.params, { notifications: { toolsListChanged: true }, _meta: { [SUBSCRIPTION]: id } });
      await trigger('test_trigger_prompt_change');
      await trigger('test_trigger_tool_change');
      const change = await reply.message('the change');
      assert.equal(change.method, 'notifications/tools/list_changed');
      assert.equal(change.params._meta[SUBSCRIPTION], id);
      reply.close();
    });
  }

  it('hears of the resources that it named, and of no others', async () => {
    const reply = await listen({ resourceSubscriptions: [WATCHED] }, 'r');
    await reply.message('the acknowledgement');
    await trigger('test_trigger_resource_update', { uri: 'test://static-text' });
    await trigger('test_trigger_resource_update', { uri: WATCHED });
    const { method, params } = await reply.message('the update');
    assert.deepEqual([method, params.uri, params._meta[SUBSCRIPTION]], ['notifications/resources/updated', WATCHED, 'r']);
    reply.close();
  });

  it('to nothing at all is acknowledged and over', async () => {
    const events = await (await listen({}, 'n')).rest();
    assert.deepEqual(events[0].message.params.notifications, {});
    assert.equal(events.at(-1).message.id, 'n');
  });

  it('is not told what others do: progress and log lines are not its own', async () => {
    const reply = await listen({ toolsListChanged: true }, 'o');
    await reply.message('the acknowledgement');
    await (await wire.call('test_tool_with_progress', {}, { meta: { progressToken: 1, [LOG_LEVEL]: 'debug' } })).rest();
    await trigger('test_trigger_tool_change');
    assert.equal((await reply.message('the change')).method, 'notifications/tools/list_changed');
    reply.close();
  });
});

describe('a call in a session', { timeout: ALL_OF_THEM_MS }, () => {
  let wire;
  before(async () => { wire = await LegacyWire.open(endpoint.url); });

  it('that becomes a stream begins with an id and nothing else, and says when to come back', async () => {
    const events = await (await wire.call('test_tool_with_progress', {}, { progressToken: 1 })).rest();
    assert.ok(events[0].id);
    assert.equal(events[0].data, '');
    assert.match(events[0].retry, /^\d+$/);
    assert.deepEqual(progressOf(events).map(({ progress }) => progress), [0, 50, 100]);
    assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
  });

  it('goes on when its stream is lost, and is resumed after the last event', async () => {
    const already = await cancelled();
    const reply = await wire.call('test_wait', { milliseconds: 1000 }, { progressToken: 'lost', id: 'resumed' });
    let event = await reply.next();
    while (!event.message) event = await reply.next();
    reply.close();
    // a server may take a while to see that the other stream is gone
    let resumed;
    await eventually(async () => (resumed = await wire.stream(event.id)).status === 200, 'the stream');
    const messages = (await resumed.rest()).filter(({ message }) => message).map(({ message }) => message);
    assert.ok(messages.every(({ id, params }) => id === 'resumed' || params.progressToken === 'lost'));
    assert.deepEqual(messages.filter(({ method }) => method).map(({ params }) => params.progress), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(textOf(messages.at(-1)), 'Waited for 1000 ms');
    assert.equal(await cancelled(), already);
  });

  it('is cancelled by a notification, and not answered', async () => {
    const already = await cancelled();
    const reply = await wire.call('test_wait', A_MINUTE, { progressToken: 2, id: 'given up' });
    await reply.message();
    assert.equal((await wire.notify('notifications/cancelled', { requestId: 'given up', reason: 'enough' })).status, 202);
    await eventually(async () => await cancelled() === already + 1, 'the cancellation');
    reply.close();
  });

  it('is cancelled however soon, each of a hundred', async () => {
    const already = await cancelled();
    for (let i = 0; i < 100; i += 1) {
      const reply = await wire.call('test_wait', A_MINUTE, { progressToken: i, id: `soon ${i}` });
      await reply.message();
      await wire.notify('notifications/cancelled', { requestId: `soon ${i}` });
      reply.close();
    }
    await eventually(async () => await cancelled() === already + 100, 'a hundred cancellations');
  });

  it('in an older version has no event without data, which its clients do not know', async () => {
    const older = await LegacyWire.open(endpoint.url, '2025-06-18');
    const events = await (await older.call('test_tool_with_progress', {}, { progressToken: 1 })).rest();
    assert.ok(events.every(({ data }) => data));
  });
});

describe('the stream of a session', { timeout: ALL_OF_THEM_MS }, () => {
  it('hears of changes, and of the resources it subscribed to until it unsubscribes', async () => {
    const wire = await LegacyWire.open(endpoint.url);
    const stream = await wire.stream();
    assert.equal(stream.status, 200);
    await (await wire.request('resources/subscribe', { uri: WATCHED })).answer();
    await (await wire.call('test_trigger_resource_update', { uri: 'test://static-text' })).answer();
    await (await wire.call('test_trigger_resource_update', { uri: WATCHED })).answer();
    assert.deepEqual((await stream.message()).params, { uri: WATCHED });
    await (await wire.request('resources/unsubscribe', { uri: WATCHED })).answer();
    await (await wire.call('test_trigger_resource_update', { uri: WATCHED })).answer();
    await (await wire.call('test_trigger_tool_change')).answer();
    assert.equal((await stream.message()).method, 'notifications/tools/list_changed');
    await (await wire.call('test_trigger_prompt_change')).answer();
    assert.equal((await stream.message()).method, 'notifications/prompts/list_changed');
    stream.close();
  });

  it('ends with the session', async () => {
    const wire = await LegacyWire.open(endpoint.url);
    const stream = await wire.stream();
    assert.ok((await wire.end()).status < 300);
    assert.deepEqual((await stream.rest()).filter(({ message }) => message), []);
    assert.equal((await wire.request('ping')).status, 404);
  });
});

describe('a question to the client of a session', { timeout: ALL_OF_THEM_MS }, () => {
  const ask = async (capabilities, answer) => {
    const wire = await LegacyWire.open(endpoint.url, '2025-11-25', capabilities);
    const reply = await wire.call('test_elicitation', { message: 'Who are you?' });
    const question = await reply.message('the question');
    if (question.method) {
      assert.equal(question.method, 'elicitation/create');
      assert.equal(question.params.message, 'Who are you?');
      assert.equal((await wire.post({ id: question.id, ...answer })).status, 202);
    }
    return question.method ? reply.answer() : question;
  };

  it('comes on the stream of the call, and its answer is posted', async () => {
    const content = { username: 'ada', email: 'ada@example.com' };
    const found = await ask({ elicitation: {} }, { result: { action: 'accept', content } });
    assert.equal(textOf(found), `User response: action=accept, content=${JSON.stringify(content)}`);
  });

  it('may be declined', async () => {
    assert.match(textOf(await ask({ elicitation: {} }, { result: { action: 'decline' } })), /action=decline/);
  });

  it('may be answered with an error, and the call ends', async () => {
    const found = await ask({ elicitation: {} }, { error: { code: -32603, message: 'the window is broken' } });
    assert.ok(found.error ?? found.result.isError);
    assert.match(JSON.stringify(found), /the window is broken/);
  });

  it('is not put to a client that cannot answer it', async () => {
    const wire = await LegacyWire.open(endpoint.url);
    const found = await (await wire.call('test_elicitation', { message: 'Who are you?' })).answer();
    assert.ok(found.error ?? found.result.isError);
  });
});

describe('the end of the backend', { timeout: ALL_OF_THEM_MS }, () => {
  ours('ends the calls under way with an error, and the next ones and all subscriptions go on', async () => {
    const wire = new ModernWire(endpoint.url);
    const subscription = await wire.request('subscriptions/listen', { notifications: { toolsListChanged: true } }, { id: 'on' });
    await subscription.message('the acknowledgement');
    const waiting = await wire.call('test_wait', A_MINUTE, { meta: { progressToken: 1 } });
    await waiting.message('its progress');
    const session = await LegacyWire.open(endpoint.url);
    const waitsToo = await session.call('test_wait', A_MINUTE, { progressToken: 2 });
    await waitsToo.message('its progress');
    const [ended, lost, legacy] = await Promise.all([
      wire.call('test_exit').then((reply) => reply.answer()),
      waiting.answer(),
      waitsToo.answer(),
    ]);
    for (const { error } of [ended, lost, legacy]) assert.match(error.message, /everything/);
    await eventually(async () => (await (await session.call('test_simple_text')).answer()).result, 'the new backend');
    const hears = subscription.message('the change');
    await (await wire.call('test_trigger_tool_change')).answer();
    assert.equal((await hears).method, 'notifications/tools/list_changed');
    subscription.close();
  });
});

describe('the end of the server', { timeout: ALL_OF_THEM_MS }, () => {
  it('is told to subscriptions with their result, and keeps no stream open', async () => {
    const ending = await start();
    const wire = new ModernWire(ending.url);
    const subscription = await wire.request('subscriptions/listen', { notifications: { toolsListChanged: true } }, { id: 'last' });
    await subscription.message('the acknowledgement');
    const session = await LegacyWire.open(ending.url);
    const stream = await session.stream();
    const stopped = ending.stop();
    const result = await subscription.message('the result');
    assert.equal(result.id, 'last');
    assert.equal(result.result.resultType, 'complete');
    assert.equal(result.result._meta[SUBSCRIPTION], 'last');
    assert.equal(await subscription.message('the end'), undefined);
    await stream.rest().catch(() => {});
    await within(stopped, 'the end of the server');
  });
});
