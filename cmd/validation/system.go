package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// The shop has a core to itself; all else shares another one.
const (
	alone  = "0"
	beside = "1"
)

// system is nginx, the shop and PostgreSQL, with their files in one folder.
type system struct {
	dir     string
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
	if err := s.serve(ctx, "127.0.0.1:8080", alone, nil, []string{"GOMAXPROCS=1"}, filepath.Join(s.dir, "shop")); err != nil {
		return err
	}
	return s.serve(ctx, "127.0.0.1:8088", beside, nil, nil, "nginx", "-p", s.dir+"/", "-c", "nginx.conf")
}

// postgres makes a database and serves it, as another user where this one is root.
func (s *system) postgres(ctx context.Context) error {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		return errors.New("no PostgreSQL here; install it with: apt-get install postgresql nginx")
	}
	path := found[len(found)-1]
	data := filepath.Join(s.dir, "db")
	var as *syscall.Credential
	if os.Getuid() == 0 {
		who, err := user.Lookup("postgres")
		if err != nil {
			return fmt.Errorf("PostgreSQL refuses to run as root: %w", err)
		}
		uid, _ := strconv.ParseUint(who.Uid, 10, 32)
		gid, _ := strconv.ParseUint(who.Gid, 10, 32)
		as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := errors.Join(os.Chmod(s.dir, 0o755), os.Mkdir(data, 0o700), os.Chown(data, int(uid), int(gid))); err != nil { //nolint:gosec // which that user must be able to enter
			return err
		}
	}
	c := exec.CommandContext(ctx, filepath.Join(filepath.Dir(path), "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale", "C")
	c.Dir, c.SysProcAttr = "/", &syscall.SysProcAttr{Credential: as}
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if err := s.serve(ctx, "127.0.0.1:5432", beside, as, nil, path, "-D", data, "-p", "5432", "-h", "127.0.0.1", "-k", data, "-F"); err != nil {
		return err
	}
	for range 500 { // it takes connections before it takes queries
		if exec.CommandContext(ctx, filepath.Join(filepath.Dir(path), "pg_isready"), "-q", "-h", "127.0.0.1", "-p", "5432").Run() == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return errors.New("PostgreSQL does not take queries")
}

// serve starts a server on a core and waits until it takes connections.
func (s *system) serve(ctx context.Context, address, core string, as *syscall.Credential, env []string, args ...string) error {
	if c, err := net.Dial("tcp", address); err == nil {
		_ = c.Close()
		return fmt.Errorf("something listens on %s already", address)
	}
	c := exec.CommandContext(ctx, "taskset", append([]string{"-c", core}, args...)...)
	var out bytes.Buffer
	c.Dir, c.Env, c.Stdout, c.Stderr = "/", append(os.Environ(), env...), &out, &out
	c.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setpgid: true}
	if err := c.Start(); err != nil {
		return err
	}
	s.running = append(s.running, c)
	for range 500 {
		if c, err := net.Dial("tcp", address); err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return fmt.Errorf("%s does not listen on %s:\n%s", args[0], address, out.String())
}

// stop ends what runs, the last one first.
func (s *system) stop() {
	for i := len(s.running) - 1; i >= 0; i-- {
		_ = syscall.Kill(-s.running[i].Process.Pid, syscall.SIGINT) // it may have ended
		_ = s.running[i].Wait()                                     // however it ends
	}
}
