// SPDX-License-Identifier: Apache-2.0
// A small stdio MCP server: notes kept in memory, three tools.
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

const owner = process.env.NOTES_OWNER ?? 'nobody';
const notes = [];

const text = (value) => ({ content: [{ type: 'text', text: value }] });
const print = (found) => found.map(({ id, body }) => `${id}. ${body}`).join('\n');

function notesServer() {
  const server = new McpServer({ name: 'notes', version: '1.0.0' }, { capabilities: { tools: {} } });

  server.registerTool(
    'add_note',
    {
      title: 'Add a note',
      description: 'Writes a note down and answers with its number',
      inputSchema: z.object({ body: z.string().min(1).max(2000).describe('What to remember') }),
    },
    async ({ body }) => {
      notes.push({ id: notes.length + 1, body });
      return text(`Note ${notes.length} is written down for ${owner}.`);
    },
  );

  server.registerTool(
    'list_notes',
    {
      title: 'List the notes',
      description: 'All notes in the order they were written',
      inputSchema: z.object({}),
      annotations: { readOnlyHint: true },
    },
    async () => text(notes.length === 0 ? `${owner} has no notes.` : print(notes)),
  );

  server.registerTool(
    'search_notes',
    {
      title: 'Search the notes',
      description: 'The notes that contain the words, whatever their case',
      inputSchema: z.object({ words: z.string().min(1).describe('What to look for') }),
      annotations: { readOnlyHint: true },
    },
    async ({ words }) => {
      const found = notes.filter(({ body }) => body.toLowerCase().includes(words.toLowerCase()));
      return text(found.length === 0 ? `No note contains "${words}".` : print(found));
    },
  );

  return server;
}

serveStdio(notesServer);
