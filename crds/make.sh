#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints the CRD and the reference page of the resource from the one table of fields.
#   crds/make.sh MCPCTL           writes them
#   crds/make.sh MCPCTL --check   fails when what is checked in is not what would be written
set -euo pipefail
cd "$(dirname "$0")/.."
mcpctl=$1

print() {
  "$mcpctl" crd > "$1/mcpservers.yaml"
  "$mcpctl" explain --markdown > "$1/mcpserver.md"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
print "$work"

if [[ ${2:-} == --check ]]; then
  diff -u crds/mcpservers.yaml "$work/mcpservers.yaml" && diff -u docs/reference/mcpserver.md "$work/mcpserver.md" ||
    { echo "crds: what is checked in is older than the table of fields: run make crds and commit" >&2; exit 1; }
  exit 0
fi
cp "$work/mcpservers.yaml" crds/mcpservers.yaml
cp "$work/mcpserver.md" docs/reference/mcpserver.md
