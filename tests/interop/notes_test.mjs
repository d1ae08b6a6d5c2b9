// SPDX-License-Identifier: Apache-2.0
// The sample's stdio server by itself, so that what fails behind an endpoint is known not to be its fault.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { MODERN } from './session.mjs';

const SERVER = fileURLToPath(new URL('../../manifests/samples/notes/server.mjs', import.meta.url));

for (const [era, mode] of [['legacy', 'legacy'], ['modern', { pin: MODERN }]]) {
  describe(`the notes server in the ${era} generation`, { timeout: 60_000 }, () => {
    let client;
    before(async () => {
      client = new Client({ name: 'notes-test', version: '1.0.0' }, { versionNegotiation: { mode } });
      await client.connect(new StdioClientTransport({
        command: process.execPath,
        args: [SERVER],
        env: { NOTES_OWNER: 'Ada' },
      }));
    });
    after(() => client?.close());

    const call = async (name, args = {}) => (await client.callTool({ name, arguments: args })).content[0].text;

    it('writes notes down, lists and finds them', async () => {
      assert.equal(await call('list_notes'), 'Ada has no notes.');
      assert.equal(await call('add_note', { body: 'Buy milk' }), 'Note 1 is written down for Ada.');
      assert.equal(await call('add_note', { body: 'Call Grace' }), 'Note 2 is written down for Ada.');
      assert.equal(await call('list_notes'), '1. Buy milk\n2. Call Grace');
      assert.equal(await call('search_notes', { words: 'MILK' }), '1. Buy milk');
      assert.equal(await call('search_notes', { words: 'tea' }), 'No note contains "tea".');
    });

    it('refuses arguments that do not fit, and names the one', async () => {
      const result = await client.callTool({ name: 'add_note', arguments: {} });
      assert.equal(result.isError, true);
      assert.match(result.content[0].text, /body/);
    });
  });
}
