// SPDX-License-Identifier: Apache-2.0

package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// pollInterval of conditions that the kernel tells nobody about.
const pollInterval = 20 * time.Millisecond

// Record is what is kept of a started program, in a file of its name.
type Record struct {
	Name     string   `json:"name"`
	Command  []string `json:"command"`
	Identity          // who it is
}

// Book keeps the records of one cluster's programs in one folder.
type Book struct{ Folder string }

// Launch says how to start a program.
type Launch struct {
	Name    string
	Command []string
	Folder  string     // working folder
	Log     string     // file that takes its output, appended
	Extra   []*os.File // handed down as descriptors 3, 4, …
	Path    string     // PATH of the program
	In      Namespace
}

// Start runs the program in a session of its own and records it.
func (b Book) Start(launch Launch) (Record, error) {
	output, err := os.OpenFile(launch.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return Record{}, err
	}
	defer output.Close()
	command := exec.Command(launch.Command[0], launch.Command[1:]...)
	command.Dir, command.Stdout, command.Stderr, command.ExtraFiles = launch.Folder, output, output, launch.Extra
	command.Env = append(os.Environ(), "PATH="+launch.Path)
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := launch.In.Do(command.Start); err != nil {
		return Record{}, fmt.Errorf("cannot start %s: %w", launch.Name, err)
	}
	identity, err := Identify(command.Process.Pid)
	go command.Wait() // or it stays a zombie as long as we run
	if err != nil {
		return Record{}, fmt.Errorf("%s ended at once; its log is %s", launch.Name, launch.Log)
	}
	record := Record{Name: launch.Name, Command: launch.Command, Identity: identity}
	return record, b.write(record)
}

func (b Book) write(record Record) error {
	content, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		return err
	}
	file := b.file(record.Name)
	if err := os.WriteFile(file+".new", content, 0o640); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

func (b Book) file(name string) string { return filepath.Join(b.Folder, name+".json") }

// Read returns the record of a name and whether there is one.
func (b Book) Read(name string) (Record, bool) {
	var record Record
	content, err := os.ReadFile(b.file(name))
	return record, err == nil && json.Unmarshal(content, &record) == nil
}

// Alive says whether the program of that name runs.
func (b Book) Alive(name string) bool {
	record, known := b.Read(name)
	return known && record.Alive()
}

// All returns every record, by name.
func (b Book) All() []Record {
	entries, err := os.ReadDir(b.Folder)
	if err != nil {
		return nil
	}
	var records []Record
	for _, entry := range entries {
		name, isRecord := strings.CutSuffix(entry.Name(), ".json")
		if record, known := b.Read(name); isRecord && known {
			records = append(records, record)
		}
	}
	slices.SortFunc(records, func(a, b Record) int { return strings.Compare(a.Name, b.Name) })
	return records
}

// Stop kills the program of that name, waits until it is gone, and forgets it.
func (b Book) Stop(ctx context.Context, name string) error {
	record, known := b.Read(name)
	if !known {
		return nil
	}
	if err := record.Kill(ctx); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := os.Remove(b.file(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Kill ends this very process, never a stranger that has got its number, and waits until it is gone.
func (i Identity) Kill(ctx context.Context) error {
	if !i.Alive() {
		return nil
	}
	if err := syscall.Kill(i.PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return i.WaitGone(ctx)
}

// WaitGone returns when the process has ended.
func (i Identity) WaitGone(ctx context.Context) error {
	return Until(ctx, func() error {
		if i.Alive() {
			return fmt.Errorf("process %d still runs", i.PID)
		}
		return nil
	})
}

// Final is an error that waiting longer would not mend.
type Final struct{ Reason error }

func (f Final) Error() string { return f.Reason.Error() }

// Until asks again and again until the condition returns nil; when the time is over it returns what was still wrong.
func Until(ctx context.Context, condition func() error) error {
	for {
		err := condition()
		if err == nil || errors.As(err, &Final{}) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pollInterval):
		}
	}
}
