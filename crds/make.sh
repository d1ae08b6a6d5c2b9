#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints the CRD and the reference pages of resource and settings from their tables of fields.
#   crds/make.sh BUILD           writes them, with the programs of that build folder
#   crds/make.sh BUILD --check   fails when what is checked in is not what would be written
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1

print() {
  "$build/operator/mcpctl" crd > "$1/mcpservers.yaml"
  "$build/operator/mcpctl" explain --markdown > "$1/mcpserver.md"
  "$build/server/mcp-server" settings --markdown > "$1/settings.md"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
print "$work"

if [[ ${2:-} == --check ]]; then
  diff -u crds/mcpservers.yaml "$work/mcpservers.yaml" && diff -u docs/reference/mcpserver.md "$work/mcpserver.md" &&
    diff -u docs/reference/settings.md "$work/settings.md" ||
    { echo "crds: what is checked in is older than the tables of fields: run make crds and commit" >&2; exit 1; }
  exit 0
fi
cp "$work/mcpservers.yaml" crds/mcpservers.yaml
cp "$work/mcpserver.md" "$work/settings.md" docs/reference/
