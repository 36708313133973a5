//go:build unix

package lean

import (
	"errors"
	"syscall"
)

// rawOf returns the way past the runtime's own reads and writes.
func rawOf(c any) syscall.RawConn {
	if s, ok := c.(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// step takes a dash one step on: it is called when the wait has begun, and then
// whenever there is something to read. It reports that the dash is over.
func (d *dash) step(fd uintptr) bool {
	if !d.sent {
		n, err := syscall.Write(int(fd), d.wire)
		d.sent = true
		if d.wire = d.wire[max(n, 0):]; err != nil && !later(err) {
			d.err = err
		}
		return d.err != nil || len(d.wire) > 0
	}
	n, err := syscall.Read(int(fd), d.into)
	if later(err) {
		return false
	}
	d.n, d.err = max(n, 0), err
	return true
}

func later(err error) bool { return errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR) }

// isQuiet reports that a socket has nothing to read and is not closed.
func isQuiet(fd int) bool {
	var one [1]byte
	_, _, err := syscall.Recvfrom(fd, one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	return err != nil && later(err)
}
