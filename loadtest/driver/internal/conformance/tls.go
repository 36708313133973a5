package conformance

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/headroom/headroom/loadtest/driver"
)

// TLS stands before a server that speaks without TLS, and speaks it. The
// configuration is that of clients which trust it.
func TLS(t *testing.T, server string) (address string, client *tls.Config) {
	t.Helper()
	pair := httptest.NewUnstartedServer(nil)
	pair.StartTLS() // for its certificate
	certificates, trusted := pair.TLS.Certificates, x509.NewCertPool()
	trusted.AddCert(pair.Certificate())
	pair.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certificates, NextProtos: []string{"h2", "http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	acceptAll(&all, l, func(c net.Conn) { pass(c, server) })
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	return l.Addr().String(), &tls.Config{RootCAs: trusted}
}

// pass carries a connection on to a server.
func pass(client net.Conn, address string) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	})
	_, _ = io.Copy(server, client)
	_ = server.Close()
	back.Wait()
}

// Secured holds a driver against a server with TLS, of which the function makes
// a call: trusted it answers, and otherwise there is no answer.
func Secured(t *testing.T, server string, status int, call func(address string, secured *tls.Config) (driver.Call, func(), error)) {
	t.Helper()
	address, trusting := TLS(t, server)
	one, shut, err := call(address, trusting)
	if err != nil {
		t.Fatal(err)
	}
	if a := ask(one, long); a.Err != nil || a.Status != status {
		t.Errorf("%+v, want status %d", a, status)
	}
	shut()
	one, shut, err = call(address, nil)
	if err != nil {
		return
	}
	if a := ask(one, long); a.Err == nil {
		t.Error("a server that nobody trusts answered")
	}
	shut()
}
