// SPDX-License-Identifier: Apache-2.0
// What every modern request carries.
export const MODERN = '2026-07-28';
export const CLIENT = { name: 'conformance', version: '1.0.0' };
export const META = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientInfo': CLIENT,
  'io.modelcontextprotocol/clientCapabilities': {},
};
