//go:build unix

package gating

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// group puts a command into a process group of its own.
func group(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// terminate asks the group to end; that it has ended already is no error.
func terminate(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

// kill ends what is left of the group.
func kill(cmd *exec.Cmd) error {
	for range 100 {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) || errors.Is(err, syscall.EPERM) {
			return nil // nobody is left; a zombie that others must reap is EPERM on some systems
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("gate: processes of group %d do not end", cmd.Process.Pid)
}
