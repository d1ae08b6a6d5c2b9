// SPDX-License-Identifier: Apache-2.0
// The official clients behind one face: v1 speaks only the generation with `initialize`, v2 speaks both.
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';

export const MODERN = '2026-07-28';
const INFO = { name: 'mooring-interop', version: '1.0.0' };
const MODES = { auto: 'auto', legacy: 'legacy', modern: { pin: MODERN } };

export class UsageError extends Error {}

async function connectV1(url, era) {
  if (era === 'modern') throw new UsageError('--client v1 speaks only the legacy generation: use --client v2 for --era modern');
  const transport = new HttpV1(new URL(url));
  const client = new ClientV1(INFO);
  await client.connect(transport);
  return { client, version: () => transport.protocolVersion };
}

async function connectV2(url, era) {
  const client = new ClientV2(INFO, { versionNegotiation: { mode: MODES[era] } });
  await client.connect(new HttpV2(new URL(url)));
  return { client, version: () => client.getNegotiatedProtocolVersion() };
}

const CONNECT = { v1: connectV1, v2: connectV2 };

/** Connects and answers {client, protocolVersion, server, close}; `client` has the SDK's own listTools and callTool. */
export async function connect(url, { client: which = 'v2', era = 'auto' } = {}) {
  if (!(which in CONNECT)) throw new UsageError(`--client ${which}: allowed are ${Object.keys(CONNECT).join(', ')}`);
  if (!(era in MODES)) throw new UsageError(`--era ${era}: allowed are ${Object.keys(MODES).join(', ')}`);
  const { client, version } = await CONNECT[which](url, era);
  return {
    client,
    protocolVersion: version(),
    server: client.getServerVersion(),
    close: () => client.close(),
  };
}
