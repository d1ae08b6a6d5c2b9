// SPDX-License-Identifier: Apache-2.0
// The official clients with a user and handlers for what a server tells: v1 speaks the older generation, v2 both.
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema, ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { MODERN } from './session.mjs';

const INFO = { name: 'mooring-answering', version: '1.0.0' };
const CAPABILITIES = { capabilities: { elicitation: {} } };
const filled = () => ({ action: 'accept', content: { username: 'ada', email: 'ada@example.com' } });

/** `fetch` is what the transport asks with; `updated` is called with each changed resource. Answers {client, call, end}. */
export async function connectAnswering(url, { client: which, era, fetch, updated = () => {} }) {
  if (which === 'v1') {
    const client = new ClientV1(INFO, CAPABILITIES);
    client.setRequestHandler(ElicitRequestSchema, filled);
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => updated(params.uri));
    const transport = new HttpV1(new URL(url), { fetch });
    await client.connect(transport);
    return { client, call: (params, options) => client.callTool(params, undefined, options), end: () => transport.terminateSession() };
  }
  const mode = era === 'modern' ? { pin: MODERN } : era;
  const client = new ClientV2(INFO, { ...CAPABILITIES, versionNegotiation: { mode } });
  client.setRequestHandler('elicitation/create', filled);
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => updated(params.uri));
  const transport = new HttpV2(new URL(url), { fetch });
  await client.connect(transport);
  const end = era === 'modern' ? async () => {} : () => transport.terminateSession();
  return { client, call: (params, options) => client.callTool(params, options), end };
}
