# SPDX-License-Identifier: Apache-2.0
# For make-up.sh and make-down.sh: which cluster, and how to speak to it. Sourced from the repository's root.

export MOORING_CLUSTER=${MOORING_CLUSTER:-mooring}   # `cluster` reads it too
suffix=${MOORING_CLUSTER#mooring}
suffix=${suffix:+-$MOORING_CLUSTER}
kept=build/up$suffix           # what `make up` has started and must be ended by `make down`
system=mooring-system
release=mooring
own_kubeconfig=/var/lib/mooring-cluster$suffix/kubeconfig

trap interrupted INT
interrupted() {
  echo "$(basename "$0" .sh): interrupted; \`make up\` goes on from here, \`make down\` ends what is up" >&2
  exit 130
}

say() { echo "$*"; }
fail() { echo "$(basename "$0" .sh): $*" >&2; exit "${code:-1}"; }

# step TITLE COMMAND…: the output goes to a log and is shown if the command fails; what takes over two seconds tells how far it is
step() {
  local title=$1 begin=$SECONDS log=$kept/step.log ticker status=0
  shift
  mkdir -p "$kept"
  tell_progress "$title" "$log" &
  ticker=$!
  "$@" > "$log" 2>&1 || status=$?
  kill "$ticker" 2> /dev/null || true
  wait "$ticker" 2> /dev/null || true
  if ((status)); then
    tail -n 40 "$log" >&2
    code=$status fail "$title: failed (exit code $status)"
  fi
  if ((SECONDS - begin > 2)); then say "$title: done in $((SECONDS - begin)) s"; fi
}

# tell_progress waits by reading what never comes: a `sleep` would outlive its end
tell_progress() {
  local title=$1 log=$2 begin=$SECONDS never
  exec {never}<> <(:)
  read -r -t 2 -u "$never" || say "$title…"
  while ! read -r -t 30 -u "$never"; do say "$title… $((SECONDS - begin)) s: $(tail -n 1 "$log" | cut -c 1-80)"; done
}

# choose_cluster sets `target` to foreign (KUBECONFIG), kind or own; a KUBECONFIG that `make up` has told of does not make its cluster foreign
choose_cluster() {
  if [[ -n ${KUBECONFIG:-} && $KUBECONFIG != /var/lib/mooring-cluster*/kubeconfig && $KUBECONFIG != "$PWD"/build/up*/kubeconfig ]]; then
    target=foreign
  elif command -v docker > /dev/null && command -v kind > /dev/null && docker info > /dev/null 2>&1; then
    target=kind
  else
    target=own
  fi
}

# keep_choice and last_choice: what `make up` has chosen is what `make down` ends, whatever KUBECONFIG is by then
keep_choice() {
  mkdir -p "$kept"
  this_choice > "$kept/choice"
}

this_choice() {
  local config=
  [[ $target != foreign ]] || config=$KUBECONFIG
  printf 'target=%q\nKUBECONFIG=%q\n' "$target" "$config"
}

# refuse_another_choice: else `make down` would end the one, and nothing would end the other
refuse_another_choice() {
  [[ ! -f $kept/choice || $(< "$kept/choice") == "$(this_choice)" ]] && return
  last_choice
  case $target in
    foreign) chosen="the cluster of KUBECONFIG=$KUBECONFIG" ;;
    kind) chosen="a cluster of kind" ;;
    own) chosen="the project's own cluster" ;;
  esac
  fail "it has used $chosen already: end that by \`make down\` first (KUBECONFIG does not matter to it)," \
    "or set MOORING_CLUSTER=NAME, to \`make down\` too, for one beside it"
}

# check_kubeconfig tells at once what would fail after minutes of building
check_kubeconfig() {
  local file kubectl unset="unset KUBECONFIG for a cluster of its own"
  [[ $target == foreign ]] || return 0
  IFS=: read -r -a files <<< "$KUBECONFIG"
  for file in "${files[@]}"; do
    if [[ -r $file ]]; then break; fi
  done
  [[ -r $file ]] || fail "KUBECONFIG is $KUBECONFIG, which cannot be read: correct it, or $unset"
  kubectl=$(command -v kubectl) || code=3 fail "kubectl is missing, and KUBECONFIG names a cluster of yours: install it, or $unset"
  "$kubectl" --request-timeout=15s get --raw /readyz > /dev/null ||
    fail "the cluster of KUBECONFIG=$KUBECONFIG does not answer, as kubectl says above: start it, or $unset"
}

last_choice() {
  if [[ -f $kept/choice ]]; then source "$kept/choice"; else choose_cluster; fi
}

# use_cluster points kubectl and helm at the chosen one; what they keep of its API is not to outlive it
use_cluster() {
  export KUBECACHEDIR=$PWD/$kept/kube-cache
  case $target in
    kind) export KUBECONFIG=$PWD/$kept/kubeconfig ;;
    own) export KUBECONFIG=$own_kubeconfig ;;
  esac
  export KUBECONFIG
  kubectl=$PWD/build/bin/kubectl
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
