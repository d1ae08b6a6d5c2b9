# SPDX-License-Identifier: Apache-2.0
# For make-up.sh and make-down.sh: which cluster, and how to speak to it. Sourced from the repository's root.

kept=build/up                  # what `make up` has started and must be ended by `make down`
system=mooring-system
release=mooring
kind_cluster=mooring

say() { echo "$*"; }
fail() { echo "$(basename "$0" .sh): $*" >&2; exit "${code:-1}"; }

# step TITLE COMMAND…: the output goes to a log and is shown if the command fails; a line tells the time of what takes over two seconds
step() {
  local title=$1 begin=$SECONDS log=$kept/step.log ticker status=0
  shift
  mkdir -p "$kept"
  (
    sleep 2 && echo "$title…"
    while sleep 30; do echo "$title… $((SECONDS - begin)) s: $(tail -n 1 "$log" | cut -c 1-80)"; done
  ) &
  ticker=$!
  "$@" > "$log" 2>&1 || status=$?
  kill -- "$ticker" 2> /dev/null && wait "$ticker" 2> /dev/null || true
  if ((status)); then
    tail -n 40 "$log" >&2
    code=$status fail "$title: failed (exit code $status)"
  fi
  if ((SECONDS - begin > 2)); then say "$title: done in $((SECONDS - begin)) s"; fi
}

# choose_cluster sets `target` to foreign (KUBECONFIG), kind or own
choose_cluster() {
  if [[ -n ${KUBECONFIG:-} ]]; then
    target=foreign
  elif command -v docker > /dev/null && command -v kind > /dev/null && docker info > /dev/null 2>&1; then
    target=kind
  else
    target=own
  fi
}

# use_cluster points kubectl and helm at the chosen one
use_cluster() {
  case $target in
    kind) export KUBECONFIG=$PWD/$kept/kubeconfig ;;
    own)
      KUBECONFIG=$(build/bin/cluster kubeconfig)
      export KUBECONFIG
      ;;
  esac
  kubectl=build/bin/kubectl
  if [[ $target != own ]]; then
    kubectl=$(command -v kubectl) || code=3 fail "kubectl is missing: install it (on this cluster it is not built here)"
  fi
}

# stop_port_forward ends the one that `make up` started, and no process that has got its number since
stop_port_forward() {
  local pid
  [[ -f $kept/port-forward.pid ]] || return 0
  pid=$(< "$kept/port-forward.pid")
  if tr '\0' ' ' < "/proc/$pid/cmdline" 2> /dev/null | grep -q 'port-forward service/quickstart'; then kill "$pid"; fi
  rm -f "$kept/port-forward.pid"
}
