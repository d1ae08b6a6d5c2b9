#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ends all that `make up` has started: the doors, and the cluster if it is not a stranger's; there, what was installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/cluster/make-lib.sh

main() {
  last_choice
  stop_port_forward
  case $target in
    foreign) leave_foreign_cluster ;;
    kind) [[ ! -f $kept/kind-made ]] || step "removing the kind cluster" kind delete cluster --name "$MOORING_CLUSTER" ;;
    own) if [[ -x build/bin/cluster ]]; then build/bin/cluster down; else say "nothing is up"; fi ;;
  esac
  rm -rf "$kept"
}

# The definition of McpServer stays, with whatever servers there are of it: they may be others'.
leave_foreign_cluster() {
  [[ -f $kept/installed ]] || { say "nothing of 'make up' is in the cluster of KUBECONFIG"; return; }
  use_cluster
  "$kubectl" delete --namespace default --ignore-not-found -f manifests/samples/quickstart.yaml
  if [[ $(< "$kept/installed") == upgraded ]]; then
    say "left: the operator, which was there before (helm uninstall $release --namespace $system removes it)"
    return
  fi
  step "removing the operator" build/bin/helm uninstall "$release" --namespace "$system" --wait --ignore-not-found
  say "left: namespace $system and the definition of McpServer (kubectl delete crd mcpservers.mooring.dev removes every server of the cluster)"
}

main "$@"
