package loadtest

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestBenchLoad measures what a request costs us in processor time, beside the
// load generators that are installed, against one and the same nginx: `make
// bench-load`. Processor time means something on a busy machine, too; rates do
// not.
func TestBenchLoad(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("HEADROOM_BENCH"))
	if err != nil {
		t.Skip("a study: HEADROOM_BENCH=8s, the length of a run")
	}
	b := newBench(t, length)
	round := b.contenders(t)
	rows := map[string][]run1{}
	for range 3 {
		for _, c := range round {
			rows[c.name] = append(rows[c.name], b.measure(t, c.args))
		}
	}
	t.Logf("%-34s %12s %12s %9s %8s", "median of 3 (range)", "CPU s/100k", "", "req/s", "MiB")
	for _, c := range round {
		r := rows[c.name]
		slices.SortFunc(r, func(a, b run1) int { return int(1e6 * (a.cost - b.cost)) })
		t.Logf("%-34s %12.2f (%.2f-%.2f) %9.0f %8.0f", c.name, r[1].cost, r[0].cost, r[2].cost, r[1].rate, r[1].memory)
	}
}

type bench struct {
	address string
	dir     string
	length  time.Duration
}

type contender struct {
	name string
	args []string
}

// run1 is one run of a generator.
type run1 struct {
	cost   float64 // processor time for 100,000 requests (s)
	rate   float64 // (1/s)
	memory float64 // most resident (MiB)
}

// newBench starts nginx, one worker on a core of its own, with a file of 128 B.
func newBench(t *testing.T, length time.Duration) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), length: length}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.address = l.Addr().String()
	_ = l.Close()
	write(t, filepath.Join(b.dir, "f"), strings.Repeat("x", 128))
	config := filepath.Join(b.dir, "nginx.conf")
	write(t, config, fmt.Sprintf(`daemon off; master_process off; worker_processes 1; error_log %[1]s/error.log; pid %[1]s/pid;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; open_file_cache max=10;
  client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
  server { listen %[2]s backlog=4096; root %[1]s; location = /status { stub_status; } } }
`, b.dir, b.address))
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("nginx is not installed (apt-get install nginx)")
	}
	server := pinned(0, nginx, "-c", config)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	for range 100 {
		if _, err := b.served(); err == nil {
			return b
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("nginx does not answer")
	return nil
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// pinned runs a command on one core, where there are several.
func pinned(core int, name string, args ...string) *exec.Cmd {
	if taskset, err := exec.LookPath("taskset"); err == nil && runtime.NumCPU() > 1 {
		return exec.Command(taskset, append([]string{"-c", strconv.Itoa(core), name}, args...)...)
	}
	return exec.Command(name, args...)
}

// served is the number of requests that nginx has answered.
func (b *bench) served() (float64, error) {
	r, err := http.Get("http://" + b.address + "/status")
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, err
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < 3 || len(strings.Fields(lines[2])) < 3 {
		return 0, fmt.Errorf("nginx says %q", text)
	}
	return strconv.ParseFloat(strings.Fields(lines[2])[2], 64)
}

// build makes the command.
func (b *bench) build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(b.dir, "headroom")
	if out, err := exec.Command("go", "build", "-o", path, "github.com/headroom/headroom/cmd/headroom").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// contenders are ours, built for the purpose, and those that are installed.
func (b *bench) contenders(t *testing.T) []contender {
	t.Helper()
	ours := b.build(t)
	scenario := func(name, workload string) string {
		path := filepath.Join(b.dir, name+".yaml")
		write(t, path, fmt.Sprintf("headroom: 1\nname: %s\nservices: {web: {operations: {f: [{cpu: 10us}]}}}\nworkloads: {load: {%s, does: web.f}}\nlive: {base: 'http://%s', operations: {web.f: {path: /f}}}\n", name, workload, b.address))
		return path
	}
	closed := scenario("closed", "users: 64, think: 0s")
	hits := filepath.Join(b.dir, "hits")
	length := fmt.Sprint(b.length.Seconds()) + "s"
	url := "http://" + b.address + "/f"
	load := func(file string, engine Engine) []string {
		return []string{ours, "load", file, "--engine", string(engine), "--warmup", "0s", "--duration", length, "--timeout", "5s", "--max-connections", "64", "--catch-up", "drop:20ms", "--hits", hits}
	}
	// As many a second as users made, a little more than can be borne where
	// sending in the open costs more.
	open := func(e Engine) string {
		return scenario("open-"+string(e), fmt.Sprintf("arrivals: poisson(%.0f/s)", b.measure(t, load(closed, e)).rate))
	}
	out := []contender{
		{"headroom lean, 64 users", load(closed, Lean)},
		{"headroom lean, open", load(open(Lean), Lean)},
		{"headroom net/http, 64 users", load(closed, Vegeta)},
		{"headroom vegeta, open", load(open(Vegeta), Vegeta)},
	}
	for _, peer := range []contender{
		{"wrk", []string{"wrk", "-t1", "-c64", "-d" + length, url}},
		{"h2load (HTTP/1.1)", []string{"h2load", "--h1", "-t1", "-c64", "-D" + strings.TrimSuffix(length, "s"), url}},
		{"ab -k", []string{"ab", "-k", "-c64", "-n100000000", "-t" + strings.TrimSuffix(length, "s"), url}},
		{"hey", []string{"hey", "-c=64", "-z=" + length, url}},
		{"fortio", []string{"fortio", "load", "-quiet", "-qps", "-1", "-c", "64", "-t", length, url}},
		{"vegeta", []string{"vegeta", "attack", "-rate=0", "-max-workers=64", "-duration=" + length, "-output=" + os.DevNull}},
	} {
		if _, err := exec.LookPath(peer.args[0]); err == nil {
			out = append(out, peer)
		}
	}
	return out
}

// measure runs a generator on a core of its own. Processor time and memory are
// those of its process.
func (b *bench) measure(t *testing.T, args []string) run1 {
	t.Helper()
	before, err := b.served()
	if err != nil {
		t.Fatal(err)
	}
	c := pinned(1, args[0], args[1:]...)
	c.Stdin = strings.NewReader("GET http://" + b.address + "/f\n") // vegeta's targets
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Run(); err != nil && c.ProcessState.ExitCode() < 0 {
		t.Fatalf("%v: %v: %s", args, err, said.Bytes())
	}
	after, err := b.served()
	if err != nil {
		t.Fatal(err)
	}
	n := after - before - 1
	if n < 100 {
		t.Fatalf("%v made %v requests: %s", args, n, said.Bytes())
	}
	used := c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	return run1{cost: used.Seconds() / n * 1e5, rate: n / b.length.Seconds(), memory: mostResident(c.ProcessState)}
}
