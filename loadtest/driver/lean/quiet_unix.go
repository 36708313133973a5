//go:build unix

package lean

import (
	"errors"
	"syscall"
)

// isQuiet reports that a socket has nothing to read and is not closed.
func isQuiet(fd int) bool {
	var one [1]byte
	_, _, err := syscall.Recvfrom(fd, one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	return errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR)
}
