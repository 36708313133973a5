// Package servers starts servers for tests: real ones, on a free port of this
// machine, with their files in a folder that goes with the test.
package servers

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to come up, on a machine that does
// much else.
const patience = 60 * time.Second

// Redis starts a Redis server and returns its host and port. The test is
// skipped where there is none to start.
func Redis(t testing.TB) string {
	t.Helper()
	path := find("redis-server", "valkey-server")
	if path == "" {
		t.Skip("no redis-server; install it with: sudo apt-get install redis-server")
	}
	port := freePort(t)
	start(t, exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir()))
	return wait(t, port)
}

// Postgres starts a PostgreSQL server, which trusts the user postgres, and
// returns its host and port. The test is skipped where there is none to start.
func Postgres(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "headroom-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	port := freePort(t)
	server, err := PostgresIn(dir, port)
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(server.Args[0], append(server.Args[1:], "-c", "shared_buffers=8MB")...)
	c.Dir = dir
	start(t, c)
	address := wait(t, port)
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if server.Ready() {
			return address
		}
		if time.Now().After(end) {
			t.Fatalf("PostgreSQL at %s does not get ready", address)
		}
	}
}

// find is the first program that there is.
func find(names ...string) string {
	for _, n := range names {
		if found, _ := filepath.Glob(n); len(found) > 0 && filepath.IsAbs(n) {
			return found[len(found)-1]
		}
		if path, err := exec.LookPath(n); err == nil {
			return path
		}
	}
	return ""
}

// start runs a server until the test ends.
func start(t testing.TB, c *exec.Cmd) {
	t.Helper()
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = c.Wait() // it is stopped
		close(ended)
	}()
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGINT) // or it has ended by itself
		select {
		case <-ended:
		case <-time.After(patience):
			_ = c.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", c.Path, out.String())
		}
	})
}

// wait waits until a server takes connections.
func wait(t testing.TB, port string) string {
	t.Helper()
	address := net.JoinHostPort("127.0.0.1", port)
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
			return address
		}
		if time.Now().After(end) {
			t.Fatalf("no server at %s: %v", address, err)
		}
	}
}

// freePort is a port that was free a moment ago.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	return port
}
