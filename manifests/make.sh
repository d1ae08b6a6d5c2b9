#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints the chart's copy of the CRD and manifests/install.yaml from their sources.
#   manifests/make.sh           writes them
#   manifests/make.sh --check   fails when what is checked in is not what would be written
set -euo pipefail
cd "$(dirname "$0")/.."
HELM=${HELM:-build/bin/helm}
CHART=charts/mooring
version=$(<VERSION)

fail() { echo "manifests: $*" >&2; exit 1; }

command -v "$HELM" >/dev/null || fail "no Helm at $HELM: run make deps, or set HELM to a Helm 4"
grep -qx "version: $version" $CHART/Chart.yaml && grep -qx "appVersion: $version" $CHART/Chart.yaml ||
  fail "$CHART/Chart.yaml: version and appVersion must be $version, as VERSION says"

install_yaml() {
  cat <<'YAML'
# Printed from charts/mooring by make manifests. Apply with: kubectl apply -f install.yaml
apiVersion: v1
kind: Namespace
metadata:
  name: mooring-system
  labels:
    pod-security.kubernetes.io/enforce: restricted
YAML
  "$HELM" template mooring "$1" --namespace mooring-system --skip-tests
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r $CHART "$work/chart"
mkdir -p "$work/chart/files"
cp crds/mcpservers.yaml "$work/chart/files/mcpservers.yaml"
install_yaml "$work/chart" > "$work/install.yaml"

if [[ ${1:-} == --check ]]; then
  diff -u $CHART/files/mcpservers.yaml crds/mcpservers.yaml && diff -u manifests/install.yaml "$work/install.yaml" ||
    fail "the manifests are older than their sources: run make manifests and commit"
  exit 0
fi
mkdir -p $CHART/files
cp "$work/chart/files/mcpservers.yaml" $CHART/files/mcpservers.yaml
cp "$work/install.yaml" manifests/install.yaml
