// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"mooring.dev/cluster/internal/door"
)

// Status is what `cluster status -o json` prints.
type Status struct {
	Name       string            `json:"name"`
	State      string            `json:"state"`
	Healthy    bool              `json:"healthy"`
	Problem    string            `json:"problem,omitempty"`
	Server     string            `json:"server,omitempty"`
	Kubeconfig string            `json:"kubeconfig,omitempty"`
	Namespace  string            `json:"networkNamespace,omitempty"`
	AuditLog   string            `json:"auditLog,omitempty"`
	Doors      map[string]string `json:"doors,omitempty"`
	Shut       map[string]string `json:"shutDoors,omitempty"` // of these, the ones that lead nowhere now, and why
	Components []ComponentStatus `json:"components,omitempty"`
}

// ComponentStatus is one line of the table.
type ComponentStatus struct {
	Name        string     `json:"name"`
	PID         int        `json:"pid"`
	Alive       bool       `json:"alive"`
	Since       *time.Time `json:"since,omitempty"`
	MemoryBytes uint64     `json:"memoryBytes"`
}

// Status asks everything that there is.
func (c *Cluster) Status(ctx context.Context) Status {
	status := Status{Name: c.name, State: c.state}
	if err := c.Health(ctx); err != nil {
		status.Problem = err.Error()
	}
	status.Healthy = status.Problem == ""
	found, err := c.facts()
	if err != nil {
		return status
	}
	status.Server, status.Kubeconfig = fmt.Sprintf("https://127.0.0.1:%d", found.Port), c.Kubeconfig()
	status.Namespace, status.AuditLog, status.Doors = string(c.space), c.path("log/audit.jsonl"), found.Doors
	status.Shut = c.shutDoors(ctx, found.Doors)
	for _, record := range c.book.All() {
		line := ComponentStatus{Name: record.Name, PID: record.PID, Alive: record.Alive()}
		if line.Alive {
			line.MemoryBytes = record.MemoryBytes()
			if since, err := record.Since(); err == nil {
				line.Since = &since
			}
		}
		status.Components = append(status.Components, line)
	}
	return status
}

func (c *Cluster) shutDoors(ctx context.Context, doors map[string]string) map[string]string {
	client, err := c.api()
	if err != nil {
		return nil
	}
	shut := map[string]string{}
	for text := range doors {
		target, err := door.ParseTarget(text)
		if err == nil {
			_, err = target.Ready(ctx, client)
		}
		if err != nil {
			shut[text] = err.Error()
		}
	}
	return shut
}

// Print writes the status for people.
func (s Status) Print(out io.Writer, now time.Time) {
	if s.Healthy {
		fmt.Fprintf(out, "cluster %s is up: %s\n", s.Name, s.Server)
	} else {
		fmt.Fprintf(out, "cluster %s is not well: %s\n", s.Name, s.Problem)
	}
	if len(s.Components) == 0 {
		return
	}
	fmt.Fprintf(out, "state %s, kubeconfig %s\n\n", s.State, s.Kubeconfig)
	table, total := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0), uint64(0)
	fmt.Fprintln(table, "COMPONENT\tPID\tUP\tMEMORY")
	for _, line := range s.Components {
		if line.Since == nil {
			fmt.Fprintf(table, "%s\t-\tended\t-\n", line.Name)
			continue
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", line.Name, line.PID, now.Sub(*line.Since).Round(time.Second), mebibytes(line.MemoryBytes))
		total += line.MemoryBytes
	}
	fmt.Fprintf(table, "total\t\t\t%s\n", mebibytes(total))
	_ = table.Flush()
	for _, target := range slices.Sorted(maps.Keys(s.Doors)) {
		fmt.Fprintf(out, "\ndoor to %s: %s", target, s.Doors[target])
		if reason, shut := s.Shut[target]; shut {
			fmt.Fprintf(out, " refuses: %s", reason)
		}
	}
	if len(s.Doors) > 0 {
		fmt.Fprintln(out)
	}
}

func mebibytes(count uint64) string { return fmt.Sprintf("%d MiB", count>>20) }
