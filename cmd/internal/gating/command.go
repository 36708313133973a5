package gating

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Command is a build that a shell starts.
type Command struct {
	Line   string        // for sh -c; {port} and {seed} are filled in, and in the environment as PORT and HEADROOM_SEED
	Target string        // URL that is put under load; {port} is filled in
	Ready  string        // URL that answers 2xx once the build is ready; empty: Target answers anything
	Within time.Duration // how long it may take until then; 0 means 60 s
	Log    string        // file that what it prints is added to; empty: nowhere
}

const (
	readyWithin = 60 * time.Second
	stopWithin  = 10 * time.Second
	readyEvery  = 20 * time.Millisecond
)

// Check says what is wrong with a command before anything is started.
func (c Command) Check() error {
	if strings.TrimSpace(c.Line) == "" {
		return errors.New("gate: an empty command: want what starts the build, as './server --port {port}'")
	}
	u, err := url.Parse(strings.ReplaceAll(c.Target, "{port}", "80"))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("gate: %q is no URL to put under load: want one as http://127.0.0.1:{port}", c.Target)
	}
	return nil
}

// Start starts the build, on a free port if its line or its target has a
// {port}, and waits until it is ready.
func (c Command) Start(ctx context.Context, seed uint64) (*Started, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	port, err := c.port(ctx)
	if err != nil {
		return nil, err
	}
	fill := strings.NewReplacer("{port}", port, "{seed}", strconv.FormatUint(seed, 10))
	target := withPort(fill.Replace(c.Target), port)
	log, err := c.log()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("sh", "-c", fill.Replace(c.Line)) //nolint:gosec // to run it is what it was given for
	cmd.Env = append(os.Environ(), "PORT="+port, "HEADROOM_SEED="+strconv.FormatUint(seed, 10))
	cmd.Stdout, cmd.Stderr = log, log
	group(cmd)
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("gate: cannot start %q: %w", c.Line, err), closed(log))
	}
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	s := &Started{Target: target, PID: cmd.Process.Pid}
	s.Stop = func() error {
		stop(cmd, over)
		return closed(log)
	}
	ready := c.Ready
	if ready != "" {
		ready = withPort(fill.Replace(ready), port)
	}
	if err := c.await(ctx, target, ready, over); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// port is a free one where the build is told which to take, and otherwise that
// of the target, which nobody may listen on yet: it would be measured instead.
func (c Command) port(ctx context.Context) (string, error) {
	var l net.ListenConfig
	if strings.Contains(c.Line, "{port}") || strings.Contains(c.Target, "{port}") {
		free, err := l.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return "", fmt.Errorf("gate: no free port: %w", err)
		}
		_, port, err := net.SplitHostPort(free.Addr().String())
		return port, errors.Join(err, free.Close())
	}
	u, err := url.Parse(c.Target)
	if err != nil {
		return "", err
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	var d net.Dialer
	if conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port)); err == nil {
		_ = conn.Close() // only tried
		return "", fmt.Errorf("gate: something listens at %s already and would be measured in place of %q; end it, or let the command take a {port}", u.Host, c.Line)
	}
	return port, nil
}

// withPort gives a URL the port that the build was told to take.
func withPort(text, port string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return text
	}
	u.Host = net.JoinHostPort(u.Hostname(), port)
	return u.String()
}

func (c Command) log() (*os.File, error) {
	if c.Log == "" {
		return nil, nil //nolint:nilnil // exec takes no file for the null device
	}
	f, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	return f, nil
}

func closed(f *os.File) error {
	if f == nil {
		return nil
	}
	return f.Close()
}

// await returns once the build answers.
func (c Command) await(ctx context.Context, target, ready string, over chan error) error {
	within := c.Within
	if within == 0 {
		within = readyWithin
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	where := target
	if ready != "" {
		where = ready
	}
	last := ""
	for {
		status, err := get(ctx, client, where)
		switch {
		case err != nil:
			last = err.Error()
		case ready == "" || status/100 == 2:
			return nil
		default:
			last = "status " + strconv.Itoa(status)
		}
		select {
		case err := <-over:
			over <- err // for stop
			return fmt.Errorf("gate: %q ended before it was ready (%v)%s", c.Line, ended(err), c.tail())
		case <-ctx.Done():
			return fmt.Errorf("gate: %q was not ready at %s: %s%s", c.Line, where, last, c.tail())
		case <-time.After(readyEvery):
		}
	}
}

func ended(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

func get(ctx context.Context, client *http.Client, url string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	_, _ = io.CopyN(io.Discard, answer.Body, 1<<16) // only the status counts
	return answer.StatusCode, answer.Body.Close()
}

// tail is the end of what the build printed.
func (c Command) tail() string {
	text, err := os.ReadFile(c.Log)
	if err != nil || len(bytes.TrimSpace(text)) == 0 {
		return ""
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return "; it printed:\n" + string(bytes.Join(lines[max(len(lines)-5, 0):], []byte("\n")))
}

// stop ends a build and all that it started: politely, then not.
func stop(cmd *exec.Cmd, over chan error) {
	terminate(cmd)
	select {
	case err := <-over:
		_ = err // it was told to end
	case <-time.After(stopWithin):
	}
	kill(cmd) // what is left of the group
}
