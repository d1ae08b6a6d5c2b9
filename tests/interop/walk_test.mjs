// SPDX-License-Identifier: Apache-2.0
// Every official client walks through everything that a client does, and the server is started anew in the middle.
// MOORING_REFERENCE=1 sets them against the SDK's own HTTP transport instead: what fails there is not the endpoint's.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serve } from './serve.mjs';
import { buildGo, Walk, WALKERS } from './walkers.mjs';

// Both generations of clients in front of both generations of backends; the first speaks the modern one with us.
const BACKENDS = process.env.MOORING_REFERENCE ? ['everything'] : ['everything', 'legacy'];
const VERSIONS = { legacy: '2025-11-25', modern: '2026-07-28' };
const LOGGED = ['Tool execution started', 'Tool processing data', 'Tool execution completed'];

async function start(backend, port) {
  if (!process.env.MOORING_REFERENCE) return serve(fileURLToPath(new URL(`../conformance/${backend}.yaml`, import.meta.url)), port);
  const { serveReference } = await import('../conformance/reference.mjs');
  return serveReference(port);
}

const answerOf = (text) => {
  const [, action, content] = text.match(/^User response: action=(\w+), content=(.*)$/) ?? [];
  return { action, content: JSON.parse(content ?? 'null') };
};

const STEPS = {
  'speaks its version and learns who serves': ({ connect }, { era }, backend) => {
    assert.deepEqual(connect, { version: VERSIONS[era], server: backend });
  },
  'lists tools, resources, templates and prompts': ({ list }) => {
    assert.ok(list.tools.includes('test_simple_text') && list.tools.includes('test_wait'));
    assert.deepEqual(list.resources, ['static-text', 'static-binary', 'watched-resource']);
    assert.deepEqual(list.templates, ['template']);
    assert.ok(list.prompts.includes('test_prompt_with_arguments'));
  },
  'is told the progress of a call, in order': ({ progress: { told, text } }, { forgetful }) => {
    assert.deepEqual(told, [0, 50, 100].slice(0, forgetful ? Math.max(told.length, 2) : 3));
    assert.equal(text, 'Tool with progress executed successfully');
  },
  'reads a resource, and one that a template makes': ({ read }) => {
    assert.deepEqual(read, { text: 'This is the content of the static text resource.', id: '7' });
  },
  'gets a prompt with its arguments': ({ prompt }) => {
    assert.equal(prompt.text, "Prompt with arguments: arg1='a', arg2='b'");
  },
  'has an argument completed': ({ complete }) => {
    assert.deepEqual(complete.values, ['paris', 'park', 'party']);
  },
  'is asked to fill in a form': ({ elicit }) => {
    assert.deepEqual(answerOf(elicit.text), { action: 'accept', content: { username: 'ada', email: 'ada@example.com' } });
  },
  'is asked for an answer of its model': ({ sample }) => {
    assert.equal(sample.text, 'LLM response: Hello from the model');
  },
  'gets the log of a call that wants it': ({ log }) => {
    assert.deepEqual(log.data, LOGGED);
  },
  'gives a call up, and the backend hears of it': ({ cancel }) => {
    assert.deepEqual(cancel, { failed: true, heard: 1 });
  },
  'goes on after the server was started anew': ({ restart }) => {
    assert.equal(restart.text, 'This is a simple text response for testing.');
  },
};

/** What one client gave up could still be what a server speaks of, for so long; a walk ends by giving a call up. */
const UNTIL_CANCELLED_MS = 300;

/** All clients walk until they wait, the server is started anew, and all go on. */
async function walkAll(backend) {
  const walks = new Map();
  let endpoint = await start(backend);
  const port = Number(new URL(endpoint.url).port);
  try {
    // one after the other: a cancellation that is counted is then the walk's own
    for (const one of WALKERS) {
      const walk = new Walk(one.command(endpoint.url));
      walks.set(one, walk);
      await walk.until('ready').catch((error) => { walk.failed = error; });
      await pause(UNTIL_CANCELLED_MS);
    }
    await endpoint.stop();
    endpoint = await start(backend, port);
    for (const walk of walks.values()) {
      walk.goOn();
      if (!walk.failed) await walk.until('restart').catch((error) => { walk.failed = error; });
    }
  } finally {
    await Promise.all([...walks.values()].map((walk) => walk.stop()));
    await endpoint.stop();
  }
  return walks;
}

before(buildGo, { timeout: 300_000 });

for (const backend of BACKENDS) {
  describe(`in front of the backend ${backend}`, () => {
    let walks;
    before(async () => { walks = await walkAll(backend); }, { timeout: 300_000 });
    for (const one of WALKERS) {
      describe(`${one.name}, ${one.era} generation`, () => {
        for (const [sentence, check] of Object.entries(STEPS)) {
          it(sentence, () => {
            const walk = walks.get(one);
            try {
              check(walk.steps, one, backend);
            } catch (error) {
              throw walk.failed && error instanceof TypeError ? walk.failed : error;
            }
          });
        }
      });
    }
  });
}
