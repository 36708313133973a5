//go:build unix

package gating

import (
	"os/exec"
	"syscall"
	"time"
)

// group puts a command into a process group of its own.
func group(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// terminate asks the group to end; that it has ended already is no error.
func terminate(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

// kill ends what is left of the group and waits a little until nobody is.
// Orphans that have ended stay in it until whoever inherits them takes notice,
// which may be never: that is no error, since they hold nothing any more.
func kill(cmd *exec.Cmd) {
	for range 50 {
		if syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
