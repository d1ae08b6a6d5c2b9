// SPDX-License-Identifier: Apache-2.0

package process

import (
	"os"
	"os/exec"
	"testing"
)

func TestAProcessNameMayHoldBracketsAndBlanks(t *testing.T) {
	got, err := parseStat([]byte("7 (a) b (c) S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4242 1 1"))
	if err != nil || got.state != 'S' || got.start != 4242 {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestAStatLineThatIsCutShortIsRefused(t *testing.T) {
	for _, line := range []string{"", "7 (a", "7 (a) S 1"} {
		if _, err := parseStat([]byte(line)); err == nil {
			t.Errorf("%q was taken", line)
		}
	}
}

func TestThisProcessIsAlive(t *testing.T) {
	self, err := Identify(os.Getpid())
	if err != nil || !self.Alive() {
		t.Fatalf("%+v, %v", self, err)
	}
	if self.MemoryBytes() == 0 {
		t.Error("no memory")
	}
}

func TestAStrangerWithTheSameNumberIsNotTheProcess(t *testing.T) {
	self, err := Identify(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	earlier, otherBoot := self, self
	earlier.Start--
	otherBoot.Boot = "another"
	if earlier.Alive() || otherBoot.Alive() {
		t.Error("a stranger was taken for the process")
	}
}

func TestAProcessThatEndedIsNotAliveThoughNobodyWaitedForIt(t *testing.T) {
	command := exec.Command("cat")
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	identity, err := Identify(command.Process.Pid)
	if err != nil || !identity.Alive() {
		t.Fatalf("%+v, %v", identity, err)
	}
	input.Close()
	if err := identity.WaitGone(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
}
