//go:build !unix

package gating

import "os/exec"

func group(*exec.Cmd) {}

// terminate leaves it to kill: there is no polite way that always works.
func terminate(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

func kill(cmd *exec.Cmd) { _ = cmd.Process.Kill() } // ended already, most likely
