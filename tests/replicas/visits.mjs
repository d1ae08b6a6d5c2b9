// SPDX-License-Identifier: Apache-2.0
// What clients do, as raw HTTP: sessions of the older generation, calls of the later one.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { LegacyWire, ModernWire } from '../conformance/wire.mjs';
import { Anew } from './crowd.mjs';

export const WATCHED = 'test://watched-resource';
const VERSIONS = ['2025-11-25', '2025-06-18'];
const ELICITATION = { elicitation: {} };
const CAN_ANSWER = { 'io.modelcontextprotocol/clientCapabilities': ELICITATION };
const INVALID_PARAMS = -32602;
const SERVED_BY = 'x-served-by';
const STEPS = [0, 50, 100];
const READ_ON_AFTER_MS = 100;

const accept = (content) => ({ action: 'accept', content });
const textOf = (message) => message.result?.content?.[0]?.text ?? JSON.stringify(message);
const progressOf = (messages) => messages.filter(({ method }) => method === 'notifications/progress').map(({ params }) => params.progress);

/** The replica that has answered, in this life of it. */
const lifeOf = (fleet, reply) => fleet.lifeOf(reply.headers.get(SERVED_BY));

async function messagesOf(reply) {
  if (!reply.streams) return [await reply.json()];
  return (await reply.rest()).map(({ message }) => message).filter(Boolean);
}

class LegacyVisit {
  #fleet;
  #wire;
  #home;
  #lastEventId;

  static async begin(fleet, number) {
    const visit = new LegacyVisit();
    visit.#fleet = fleet;
    visit.#wire = await LegacyWire.open(fleet.url, VERSIONS[number % VERSIONS.length], ELICITATION);
    assert.equal(visit.#wire.opened.status, 200, 'initialize');
    visit.#home = lifeOf(fleet, visit.#wire.opened);
    return visit;
  }

  /** A reply that is as it should be. The session is unknown only when its home, or who asked the question, is gone. */
  async #checked(reply, what, status = 200, owner = this.#home) {
    if (reply.status === 404 && this.#fleet.isOver(owner)) throw new Anew();
    if (reply.status !== status) assert.fail(`${what}: ${reply.status} ${JSON.stringify(await reply.json().catch(() => ''))}`);
    return reply;
  }

  async list() {
    const { result } = await (await this.#checked(await this.#wire.request('tools/list'), 'tools/list')).json();
    assert.ok(result.tools.length > 20, 'tools/list');
  }

  async call() {
    const reply = await this.#checked(await this.#wire.call('test_simple_text'), 'a call');
    assert.match(textOf(await reply.json()), /simple text/);
  }

  async progress() {
    const reply = await this.#checked(await this.#wire.call('test_tool_with_progress', {}, { progressToken: 'p' }), 'a call with progress');
    const messages = await messagesOf(reply);
    assert.deepEqual(progressOf(messages), STEPS);
    assert.match(textOf(messages.at(-1)), /progress executed/);
  }

  /** The answer goes to any replica, and has to reach the one that holds the call. */
  async asked() {
    const reply = await this.#checked(await this.#wire.call('test_elicitation', { message: 'Who are you?' }), 'a call that asks');
    const question = await reply.message('the question');
    assert.equal(question.method, 'elicitation/create', JSON.stringify(question));
    const result = accept({ username: 'ada', email: 'ada@example.com' });
    const taken = await this.#wire.post({ id: question.id, result });
    await this.#checked(taken, 'the answer to a question', 202, lifeOf(this.#fleet, reply));
    await taken.json();
    const answer = await reply.message('the answer of the call that asked');
    assert.match(textOf(answer), /ada@example\.com/);
    await reply.rest();
  }

  /** A stream and a subscription, both through any replica: what comes on the one is of the other. */
  async watch() {
    const stream = await this.#checked(await this.#wire.stream(), 'a stream');
    const reply = await this.#checked(await this.#wire.request('resources/subscribe', { uri: WATCHED }), 'resources/subscribe');
    assert.ok((await reply.answer()).result, 'resources/subscribe');
    return stream;
  }

  async hears(stream, news) {
    let at = stream;
    let told = await news.wanted(this.#next(at));
    // A replica that leaves ends the streams that it passes on: they are read on through another one.
    while (told === undefined) {
      await pause(READ_ON_AFTER_MS);
      const reply = await this.#wire.stream(this.#lastEventId);
      if (reply.status === 400 && this.#lastEventId) {
        // it has gone with the replica that had it: "open a stream without it"
        await reply.json();
        this.#lastEventId = undefined;
        continue;
      }
      at = await this.#checked(reply, 'a stream that is read on');
      told = await news.wanted(this.#next(at));
    }
    assert.equal(told.method, 'notifications/resources/updated', JSON.stringify(told));
    return at;
  }

  /** The next message of a stream; nothing when it has ended. */
  async #next(stream) {
    for (;;) {
      const event = await stream.next('the change of a watched resource');
      if (event?.id) this.#lastEventId = event.id;
      if (!event || event.message) return event?.message;
    }
  }

  async end(stream) {
    const endedAt = performance.now();
    const ended = await this.#checked(await this.#wire.end(), 'DELETE', 204);
    stream.close();
    const after = await this.#wire.request('tools/list');
    await after.json();
    // Who was not there to be told cannot know, and who was too slow to hear is counted by the one that told.
    const wasThere = lifeOf(this.#fleet, after).replica.readyAt < endedAt;
    if (after.status !== 404 && wasThere && !await lifeOf(this.#fleet, ended).replica.hasNotTold()) {
      assert.fail(`a session that has ended: ${after.status}, and no replica says that another has not heard of it`);
    }
  }
}

export function legacyVisit(fleet, news) {
  return async (number) => {
    const visit = await LegacyVisit.begin(fleet, number);
    const stream = await visit.watch();
    await visit.list();
    await visit.call();
    await visit.progress();
    await visit.asked();
    await visit.end(await visit.hears(stream, news));
  };
}

async function resultOf(reply, what) {
  const messages = await messagesOf(reply);
  const answer = messages.at(-1);
  assert.equal(reply.status, 200, `${what}: ${JSON.stringify(answer)}`);
  return { messages, answer };
}

/** Comes back with what was asked for, to whichever replica. */
async function comeBack(wire, tool, { requestState }, inputResponses) {
  const params = { name: tool, arguments: {}, inputResponses, requestState };
  return wire.request('tools/call', params, { meta: CAN_ANSWER });
}

/** Three calls: a plain one, one with progress, and one that asks twice. */
export function modernVisit(fleet) {
  return async () => {
    const wire = new ModernWire(fleet.url);
    assert.match(textOf((await resultOf(await wire.call('test_simple_text'), 'a call')).answer), /simple text/);
    const { messages } = await resultOf(await wire.call('test_tool_with_progress', {}, { meta: { progressToken: 1 } }), 'progress');
    assert.deepEqual(progressOf(messages), STEPS);
    const tool = 'test_input_required_result_multi_round';
    const first = (await resultOf(await wire.call(tool, {}, { meta: CAN_ANSWER }), tool)).answer.result;
    assert.ok(first?.inputRequests?.step1, JSON.stringify(first));
    const second = (await resultOf(await comeBack(wire, tool, first, { step1: accept({ name: 'ada' }) }), tool)).answer;
    assert.ok(second.result?.inputRequests?.step2, JSON.stringify(second));
    const last = await comeBack(wire, tool, second.result, { step2: accept({ color: 'green' }) });
    assert.equal(textOf((await resultOf(last, tool)).answer), 'ada likes green');
  };
}

/** A server of the older generation asks while its call waits: the retry has to reach the replica that holds the call. */
export function parkedVisit(fleet, prefix) {
  const tool = `${prefix}test_input_required_result_elicitation`;
  return async () => {
    const wire = new ModernWire(fleet.url);
    const reply = await wire.call(tool, {}, { meta: CAN_ANSWER });
    const { answer } = await resultOf(reply, tool);
    assert.ok(answer.result?.inputRequests, JSON.stringify(answer));
    const [key] = Object.keys(answer.result.inputRequests);
    const retried = (await resultOf(await comeBack(wire, tool, answer.result, { [key]: accept({ name: 'ada' }) }), tool)).answer;
    if (retried.error?.code === INVALID_PARAMS && fleet.isOver(lifeOf(fleet, reply))) throw new Anew();
    assert.equal(textOf(retried), 'Hello, ada!');
  };
}

/** Changes a watched resource at every replica, as long as somebody waits to be told. */
export class News {
  #waiting = 0;
  #kick = () => {};
  #isOver = false;
  #running;

  constructor(fleet) {
    this.#running = this.#run(fleet);
  }

  async #run(fleet) {
    while (!this.#isOver) {
      if (this.#waiting === 0) await new Promise((kick) => { this.#kick = kick; });
      for (const replica of this.#isOver ? [] : fleet.replicas) {
        const told = new ModernWire(replica.url).call('test_trigger_resource_update', { uri: WATCHED });
        await told.then((reply) => reply.answer()).catch((error) => { if (replica.isServing) throw error; });
      }
    }
  }

  async wanted(told) {
    this.#waiting += 1;
    this.#kick();
    // a change that fails is as bad as one that nobody is told of
    return Promise.race([told, this.#running]).finally(() => { this.#waiting -= 1; });
  }

  async stop() {
    this.#isOver = true;
    this.#kick();
    await this.#running;
  }
}
