// SPDX-License-Identifier: Apache-2.0

// Package process starts the programs of a cluster, in its network namespace, and knows them again later: a number alone
// may by then belong to a stranger.
package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Identity names one process of one boot; no other process ever equals it.
type Identity struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks after boot, field 22 of /proc/PID/stat
	Boot  string `json:"boot"`
}

// clockTicks a second: the kernel's USER_HZ, 100 on every platform of Linux that Go supports.
const clockTicks = 100

// Identify reads who holds the number now.
func Identify(pid int) (Identity, error) {
	stat, err := readStat(pid)
	if err != nil {
		return Identity{}, err
	}
	boot, err := BootID()
	return Identity{PID: pid, Start: stat.start, Boot: boot}, err
}

// Alive says whether this very process still runs. A zombie does not.
func (i Identity) Alive() bool {
	boot, err := BootID()
	if err != nil || boot != i.Boot || i.PID <= 0 {
		return false
	}
	stat, err := readStat(i.PID)
	return err == nil && stat.start == i.Start && stat.state != 'Z' && stat.state != 'X'
}

// Since is when the process began.
func (i Identity) Since() (time.Time, error) {
	uptime, err := os.ReadFile("/proc/uptime")
	if err != nil {
		return time.Time{}, err
	}
	seconds, err := strconv.ParseFloat(strings.Fields(string(uptime))[0], 64)
	if err != nil {
		return time.Time{}, err
	}
	age := time.Duration((seconds - float64(i.Start)/clockTicks) * float64(time.Second))
	return time.Now().Add(-age), nil
}

// MemoryBytes is the resident size.
func (i Identity) MemoryBytes() uint64 {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", i.PID))
	if err != nil {
		return 0
	}
	pages, _ := strconv.ParseUint(strings.Fields(string(content))[1], 10, 64)
	return pages * uint64(os.Getpagesize())
}

// BootID changes with every start of the machine.
func BootID() (string, error) {
	content, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(content)), err
}

type stat struct {
	state byte
	start uint64
}

func readStat(pid int) (stat, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	return parseStat(content)
}

// parseStat reads "PID (NAME) STATE …"; the name may hold blanks and brackets, so fields are counted from its last bracket.
func parseStat(content []byte) (stat, error) {
	end := bytes.LastIndexByte(content, ')')
	if end < 0 {
		return stat{}, fmt.Errorf("no process name in %q", content)
	}
	fields := strings.Fields(string(content[end+1:]))
	const state, start = 0, 19 // fields 3 and 22 of proc(5)
	if len(fields) <= start {
		return stat{}, fmt.Errorf("too few fields in %q", content)
	}
	ticks, err := strconv.ParseUint(fields[start], 10, 64)
	return stat{state: fields[state][0], start: ticks}, err
}
