// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"mooring.dev/cluster/internal/process"
)

// ErrImpossible is wrapped by all that says: not on this machine.
var ErrImpossible = errors.New("a cluster of this kind cannot run here")

// impossible says why, and what there is instead.
func impossible(reason string, arguments ...any) error {
	return fmt.Errorf(`%w: %s.
Instead: set KUBECONFIG to a cluster that you may use, or install Docker and kind; 'make up' takes either`,
		ErrImpossible, fmt.Sprintf(reason, arguments...))
}

// needed programs and the Debian packages that have them.
var needed = []struct{ program, debian string }{
	{"ip", "iproute2"}, {"iptables", "iptables"}, {"gcc", "build-essential"},
}

// Possible says why no cluster can run on this machine, or nil.
func Possible() error {
	if os.Geteuid() != 0 {
		return impossible("it needs root for network namespaces, mounts and containers, and this is user %d", os.Geteuid())
	}
	for _, need := range needed {
		if _, err := exec.LookPath(need.program); err != nil {
			return impossible("the program %s is missing (on Debian: apt-get install %s)", need.program, need.debian)
		}
	}
	if err := process.Possible(); err != nil {
		return impossible("the kernel refuses a network namespace (%v): inside a container CAP_SYS_ADMIN and CAP_NET_ADMIN are needed", err)
	}
	return nil
}
