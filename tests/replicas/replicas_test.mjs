// SPDX-License-Identifier: Apache-2.0
// Three replicas behind a balancer that chooses at random: whatever of a session or a call goes where, nobody notices; not while
// the keys that seal sessions are exchanged either, and while a replica ends only what the protocol lets end with it.
// MOORING_SESSIONS=200 makes it short, MOORING_SERVER names another mcp-server than that of the build.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Crowd } from './crowd.mjs';
import { Fleet, newKey } from './fleet.mjs';
import { officialVisit } from './official.mjs';
import { legacyVisit, modernVisit, News, parkedVisit } from './visits.mjs';

const REPLICAS = 3;
const SESSIONS = Number(process.env.MOORING_SESSIONS ?? 2000);
const fixture = (name) => fileURLToPath(new URL(`../conformance/${name}`, import.meta.url));
const EVERYTHING = [process.execPath, fixture('everything.mjs')];
const OLDER = [process.execPath, fixture('legacy.mjs')];
/** Every replica has children of its own; what one of them gives a client to keep, all must take back. */
const STATE_KEY = { EVERYTHING_STATE_KEY: randomBytes(32).toString('hex') };
const BACKENDS = [
  { name: 'everything', stdio: { command: EVERYTHING, env: STATE_KEY }, expose: { prefix: 'Never' } },
  { name: 'older', stdio: { command: OLDER }, expose: { prefix: 'Always' } },
];

let fleet;
let news;
before(async () => {
  fleet = await Fleet.start(REPLICAS, BACKENDS);
  news = new News(fleet);
}, { timeout: 120_000 });
after(async () => {
  await news?.stop();
  await fleet?.stop();
});

function crowd() {
  return new Crowd([
    { name: 'sessions', count: SESSIONS, atOnce: 48, visit: legacyVisit(fleet, news) },
    // three calls each
    { name: 'modern clients', count: Math.ceil(SESSIONS / 3), atOnce: 16, visit: modernVisit(fleet) },
    // one at a time: a question of a server of the older generation does not say which call it belongs to
    { name: 'parked calls', count: Math.ceil(SESSIONS / 20), atOnce: 1, visit: parkedVisit(fleet, 'older_') },
    { name: 'official clients', count: Math.ceil(SESSIONS / 40), atOnce: 3, visit: officialVisit(fleet, news) },
  ]);
}

/** Everybody is done, and nothing has gone wrong. */
async function good(visitors, context, meanwhile) {
  const ran = await visitors.run(meanwhile).then(() => undefined, (error) => error);
  context.diagnostic(visitors.summary);
  assert.deepEqual(visitors.failures.slice(0, 20), []);
  assert.ifError(ran);
}

describe(`${REPLICAS} replicas, ${SESSIONS} sessions and as many calls without one`, { timeout: 1_500_000 }, () => {
  it('serve everybody, whichever of them is asked', async (context) => {
    const visitors = crowd();
    await good(visitors, context);
    assert.equal(visitors.anew, 0);
    for (const replica of fleet.replicas) {
      const passedOn = await replica.metric('mooring_hops_total{outcome="answered"}');
      assert.ok(passedOn > 0, `replica ${replica.port} has passed on ${passedOn} requests`);
    }
  });

  it('lose nobody while their keys are exchanged', async (context) => {
    const visitors = crowd();
    await good(visitors, context, async () => {
      await visitors.past(0.1);
      await fleet.addKey(newKey('second'));
      await visitors.past(0.3);
      await fleet.promoteKey();
      await visitors.exchange();
      await fleet.dropKeys();
      await visitors.past(0.7);
    });
    assert.equal(visitors.anew, 0);
  });

  it('lose only what one of them alone has had, when it ends and comes back', async (context) => {
    const visitors = crowd();
    const [, leaving] = fleet.replicas;
    await good(visitors, context, async () => {
      await visitors.past(0.2);
      assert.equal(await fleet.drain(leaving), 0, 'exit code of a drained replica');
      await visitors.past(0.6);
      await fleet.comeBack(leaving);
      await visitors.past(0.8);
    });
  });
});
