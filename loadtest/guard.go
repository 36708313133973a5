package loadtest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// guard keeps the load on this machine and on the hosts that were named.
type guard struct{ allowed []string }

// admit refuses an address that is neither. A name is looked up: every address
// it stands for must be a loopback one.
func (g guard) admit(ctx context.Context, u *url.URL) error {
	host := u.Hostname()
	if g.named(host) {
		return nil
	}
	ip := net.ParseIP(host)
	addresses := []net.IPAddr{{IP: ip}}
	if ip == nil {
		var err error
		if addresses, err = net.DefaultResolver.LookupIPAddr(ctx, host); err != nil {
			return fmt.Errorf("loadtest: %s: %w", u.Host, err)
		}
	}
	for _, a := range addresses {
		if !a.IP.IsLoopback() {
			return fmt.Errorf("loadtest: %s (%s) is not this machine, and a load can be an attack; if the system is yours, allow it by name: --allow %s", host, a.IP, host)
		}
	}
	return nil
}

func (g guard) named(host string) bool {
	for _, a := range g.allowed {
		if strings.EqualFold(a, host) {
			return true
		}
	}
	return false
}

// dialer connects to admitted addresses only, whatever a name resolves to by
// the time it is dialled.
func (g guard) dialer() func(ctx context.Context, network, address string) (net.Conn, error) {
	free := &net.Dialer{Timeout: dialTimeout}
	local := &net.Dialer{Timeout: dialTimeout, Control: loopbackOnly}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, _, err := net.SplitHostPort(address); err == nil && g.named(host) {
			return free.DialContext(ctx, network, address)
		}
		return local.DialContext(ctx, network, address)
	}
}

const dialTimeout = 10 * time.Second

func loopbackOnly(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("loadtest: %s is not this machine and is not allowed", address)
	}
	return nil
}
