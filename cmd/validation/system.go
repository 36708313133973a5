package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/headroom/headroom/internal/servers"
)

// The shop has a core to itself; all else shares another one.
const (
	alone  = "0"
	beside = "1"
)

// system is nginx, the shop and PostgreSQL, with their files in one folder.
type system struct {
	dir     string
	folders []string // others that go with it
	running []*exec.Cmd
}

// start brings everything up at the addresses of examples/shop.
func (s *system) start(ctx context.Context) error {
	for _, b := range []string{"./cmd/headroom", "./examples/shop"} {
		c := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(s.dir, filepath.Base(b)), b)
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("go build %s: %w\n%s", b, err, out)
		}
	}
	for _, f := range []string{"shop.yaml", "nginx.conf"} {
		data, err := os.ReadFile(filepath.Join("examples", "shop", f))
		if err != nil {
			return fmt.Errorf("start this in the folder of the repository: %w", err)
		}
		if err := os.WriteFile(filepath.Join(s.dir, f), data, 0o644); err != nil { //nolint:gosec // nginx reads it as another user
			return err
		}
	}
	if err := s.postgres(ctx); err != nil {
		return err
	}
	if err := s.serve(ctx, "127.0.0.1:8080", alone, []string{"GOMAXPROCS=1"}, filepath.Join(s.dir, "shop")); err != nil {
		return err
	}
	return s.serve(ctx, "127.0.0.1:8088", beside, nil, "nginx", "-p", s.dir+"/", "-c", "nginx.conf")
}

// postgres makes a database and serves it.
func (s *system) postgres(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "headroom-validation-postgres-") // which another user must be able to enter
	if err != nil {
		return err
	}
	s.folders = append(s.folders, dir)
	server, err := servers.PostgresIn(dir, "5432")
	if err != nil {
		return err
	}
	if err := s.serve(ctx, "127.0.0.1:5432", beside, nil, server.Args...); err != nil {
		return err
	}
	return until(ctx, "PostgreSQL does not take queries", server.Ready)
}

// serve starts a server on a core and waits until it takes connections.
func (s *system) serve(ctx context.Context, address, core string, env []string, args ...string) error {
	if c, err := net.Dial("tcp", address); err == nil {
		_ = c.Close()
		return fmt.Errorf("something listens on %s already", address)
	}
	c := exec.CommandContext(ctx, "taskset", append([]string{"-c", core}, args...)...)
	var out bytes.Buffer
	c.Dir, c.Env, c.Stdout, c.Stderr = "/", append(os.Environ(), env...), &out, &out
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		return err
	}
	s.running = append(s.running, c)
	err := until(ctx, args[0]+" does not listen on "+address, func() bool {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		_ = c.Close()
		return true
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out.String())
	}
	return nil
}

// until waits for something for ten seconds.
func until(ctx context.Context, failed string, ready func() bool) error {
	for range 500 {
		if ready() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return errors.New(failed)
}

// stop ends what runs, the last one first.
func (s *system) stop() {
	for i := len(s.running) - 1; i >= 0; i-- {
		_ = syscall.Kill(-s.running[i].Process.Pid, syscall.SIGINT) // it may have ended
		_ = s.running[i].Wait()                                     // however it ends
	}
}
