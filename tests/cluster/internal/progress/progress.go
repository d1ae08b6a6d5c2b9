// SPDX-License-Identifier: Apache-2.0

// Package progress tells a waiting person what is being done, on a line of its own, once it takes longer than a moment.
package progress

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

const (
	quiet     = 2 * time.Second  // shorter steps are not worth a line
	heartbeat = 30 * time.Second // into a log file; a terminal is renewed every second
)

// Printer writes to one place; on a terminal a running step renews its line.
type Printer struct {
	out      io.Writer
	terminal bool
	mutex    sync.Mutex
}

// To returns a printer for the file, which may be a terminal.
func To(file *os.File) *Printer {
	info, err := file.Stat()
	return &Printer{out: file, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

// Note prints one line.
func (p *Printer) Note(format string, arguments ...any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	fmt.Fprintf(p.out, format+"\n", arguments...)
}

// Step runs work and shows its name and time if it takes over two seconds.
func (p *Printer) Step(name string, work func() error) error {
	begin, done, ended := time.Now(), make(chan struct{}), make(chan bool)
	go func() { ended <- p.watch(name, begin, done) }()
	err := work()
	close(done)
	if shown := <-ended; shown && err == nil {
		p.finish(name, Elapsed(time.Since(begin)))
	} else if shown {
		p.finish(name, "failed after "+Elapsed(time.Since(begin)))
	}
	return err
}

// watch returns whether it has shown the step.
func (p *Printer) watch(name string, begin time.Time, done <-chan struct{}) bool {
	wait, shown := quiet, false
	for {
		select {
		case <-done:
			return shown
		case <-time.After(wait):
		}
		switch {
		case p.terminal:
			fmt.Fprintf(p.out, "\r%s… %s", name, Elapsed(time.Since(begin)))
			wait = time.Second
		case shown:
			p.Note("%s… %s", name, Elapsed(time.Since(begin)))
		default:
			p.Note("%s…", name)
			wait = heartbeat
		}
		shown = true
	}
}

func (p *Printer) finish(name, outcome string) {
	if p.terminal {
		fmt.Fprint(p.out, "\r")
	}
	p.Note("%s… %s", name, outcome)
}

// Elapsed writes a duration as a person would: 4s, 3m12s.
func Elapsed(d time.Duration) string {
	return d.Round(time.Second).String()
}
