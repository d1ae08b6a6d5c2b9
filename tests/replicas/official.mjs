// SPDX-License-Identifier: Apache-2.0
// The same visits by the official TypeScript clients.
import assert from 'node:assert/strict';
import { connectAnswering } from '../interop/answering.mjs';
import { Anew } from './crowd.mjs';
import { until } from './fleet.mjs';
import { WATCHED } from './visits.mjs';

const KINDS = [{ client: 'v1', era: 'legacy' }, { client: 'v2', era: 'legacy' }, { client: 'v2', era: 'modern' }];

/** Notes which replica has opened the session; the transport asks with it. */
function noting(fleet) {
  const noted = { home: undefined };
  noted.fetch = async (url, init) => {
    const reply = await fetch(url, init);
    if (reply.headers.get('mcp-session-id')) noted.home ??= fleet.lifeOf(reply.headers.get('x-served-by'));
    return reply;
  };
  return noted;
}

async function uses({ client, call }) {
  const { tools } = await client.listTools();
  assert.ok(tools.length > 20);
  const steps = [];
  const onprogress = ({ progress }) => steps.push(progress);
  const result = await call({ name: 'test_tool_with_progress', arguments: {} }, { onprogress });
  assert.match(result.content[0].text, /progress executed/);
  assert.deepEqual(steps, [0, 50, 100]);
  const asked = await call({ name: 'test_elicitation', arguments: { message: 'Who are you?' } });
  assert.match(asked.content[0].text, /ada@example\.com/);
}

export function officialVisit(fleet, news) {
  return async (number) => {
    const kind = KINDS[number % KINDS.length];
    const noted = noting(fleet);
    let updates = 0;
    const isOver = () => noted.home && fleet.isOver(noted.home);
    let session;
    try {
      session = await connectAnswering(fleet.url, { ...kind, fetch: noted.fetch, updated: () => { updates += 1; } });
      await uses(session);
      if (kind.era === 'legacy') {
        await session.client.subscribeResource({ uri: WATCHED });
        await news.wanted(until(() => updates > 0 || isOver(), `the change of a watched resource (${kind.client})`));
      }
      await session.end();
    } catch (error) {
      if (isOver()) throw new Anew();
      throw error;
    } finally {
      await session?.client.close();
    }
  };
}
