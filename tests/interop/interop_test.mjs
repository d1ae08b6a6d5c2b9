// SPDX-License-Identifier: Apache-2.0
// Both official clients in both generations against manifests/samples/quickstart.yaml: at MOORING_URL when that is
// set, else served on this machine by the mcpctl of MOORING_MCPCTL (or of the build).
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, MODERN } from './session.mjs';
import { serve } from './serve.mjs';

const LEGACY = '2025-11-25';
const SPEAKERS = [
  { client: 'v1', era: 'legacy', version: LEGACY },
  { client: 'v2', era: 'legacy', version: LEGACY },
  { client: 'v2', era: 'modern', version: MODERN },
  { client: 'v2', era: 'auto', version: MODERN },
];
const TOOLS = ['add_note', 'escalate', 'list_notes', 'on_call', 'search_notes'];

let endpoint;
before(async () => {
  endpoint = process.env.MOORING_URL ? { url: process.env.MOORING_URL, stop() {} } : await serve('quickstart.yaml');
}, { timeout: 120_000 });
after(() => endpoint?.stop());

for (const { client, era, version } of SPEAKERS) {
  describe(`client ${client}, ${era} generation`, { timeout: 120_000 }, () => {
    let session;
    before(async () => { session = await connect(endpoint.url, { client, era }); });
    after(() => session?.close());

    const call = (name, args) => session.client.callTool({ name, arguments: args });

    it(`speaks ${version} and learns who serves`, () => {
      assert.equal(session.protocolVersion, version);
      assert.equal(session.server.name, 'quickstart');
      assert.match(session.server.version, /^\d+\.\d+\.\d+/);
    });

    it('lists the tools of both backends, with description and schema', async () => {
      const { tools } = await session.client.listTools();
      assert.deepEqual(tools.map(({ name }) => name).sort(), TOOLS);
      for (const { name, description, inputSchema } of tools) {
        assert.ok(description.length > 0, name);
        assert.equal(inputSchema.type, 'object', name);
      }
      assert.deepEqual(tools.find(({ name }) => name === 'on_call').inputSchema.required, ['team']);
    });

    it('calls a declared tool, and the argument stands in the answer', async () => {
      const result = await call('on_call', { team: 'payments' });
      assert.ok(!result.isError);
      assert.deepEqual(result.content, [
        { type: 'text', text: 'The pager of payments is answered at payments-on-call@example.com, day and night.' },
      ]);
    });

    it('calls a declared tool with a number in an argument', async () => {
      const result = await call('escalate', { service: 'checkout', severity: 1 });
      assert.match(result.content[0].text, /^1\. Open the incident "checkout, severity 1"\.\n2\. Page/);
    });

    it('calls a tool of the stdio backend, which has its environment', async () => {
      const result = await call('add_note', { body: 'café ☕ "quoted" \\ back' });
      assert.match(result.content[0].text, /^Note \d+ is written down for the platform team\.$/);
    });

    it('gets the stdio backend\'s own refusal of wrong arguments as a tool error', async () => {
      const result = await call('add_note', { body: 42 });
      assert.equal(result.isError, true);
      assert.match(result.content[0].text, /body/);
    });

    it('is told that a tool does not exist', async () => {
      await assert.rejects(call('no_such_tool', {}), (error) => {
        assert.equal(error.code, -32602);
        assert.match(error.message, /no_such_tool/);
        return true;
      });
    });

    it('has twenty calls at the same time answered, each with its own answer', async () => {
      const teams = Array.from({ length: 20 }, (_, i) => `team-${i}`);
      const results = await Promise.all(teams.map((team) => call('on_call', { team })));
      results.forEach((result, i) => assert.match(result.content[0].text, new RegExp(`pager of ${teams[i]} is`)));
    });
  });
}
