package driver

import (
	"context"
	"errors"
	"fmt"
	"net"
)

var (
	// ErrConnection says that there was no connection, or that it was lost before
	// the whole answer was there, where the error of the network is not to be had.
	ErrConnection = errors.New("no connection")
	// ErrProtocol says that what came is no answer of the protocol.
	ErrProtocol = errors.New("not an answer of the protocol")
)

// Malformed is an [ErrProtocol] with what is wrong; never a part of the answer.
func Malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrProtocol, fmt.Sprintf(format, args...))
}

// Dial opens a connection, to addresses that may be put under load only.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)
