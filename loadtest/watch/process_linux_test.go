package watch

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// used is the time of the cores that this process has used, as getrusage says
// it (s): it shares no file with what is tested.
func used(t *testing.T) float64 {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func look(t *testing.T, p *processes) map[string]float64 {
	t.Helper()
	samples, err := p.look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return figures(samples)
}

// TestProcess looks at this process, found by a port that it listens on.
func TestProcess(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := newProcesses(0, l.Addr().(*net.TCPAddr).Port)
	start := used(t)
	before := look(t, p)
	from := used(t)
	x := 0
	for used(t) < from+0.3 {
		for i := range 1 << 16 {
			x += i
		}
	}
	for range 40 {
		f, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
	}
	after := look(t, p)
	// Ticks of 10 ms, and what ran between the two clocks being read.
	spent := used(t) - start
	if got := after["process.cpu"] - before["process.cpu"]; got < 0.27 || got > spent+0.03 {
		t.Errorf("%v s of processor time by procfs, %v by getrusage (%d)", got, spent, x)
	}
	if got := after["process.descriptors"] - before["process.descriptors"]; got < 40 || got > 60 {
		t.Errorf("%v more descriptors; want 40 or a little more", got)
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if got := after["limit.descriptors"]; got != float64(limit.Cur) && limit.Cur < 1<<40 {
		t.Errorf("a limit of %v descriptors; want %v", got, limit.Cur)
	}
	for _, name := range []string{"process.memory", "process.threads", "process.switches", "process.count", "limit.cores", "limit.memory"} {
		if !(after[name] > 0) {
			t.Errorf("%s is %v", name, after[name])
		}
	}
}

// TestDescendants counts a child, and goes on when it has ended.
func TestDescendants(t *testing.T) {
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Skip(err)
	}
	ended := false
	end := func() {
		if !ended {
			_ = child.Process.Kill()
			_ = child.Wait()
			ended = true
		}
	}
	defer end()
	p := newProcesses(os.Getpid(), 0)
	before := look(t, p)
	if before["process.count"] < 2 {
		t.Errorf("%v processes", before["process.count"])
	}
	end()
	after := look(t, p)
	if after["process.count"] != before["process.count"]-1 || after["process.cpu"] < before["process.cpu"] {
		t.Errorf("with the child %v, without %v", before, after)
	}
}

func TestNoProcess(t *testing.T) {
	if _, err := newProcesses(0, 1).look(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing listens on port 1") {
		t.Error(err)
	}
}

func TestCgroup(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"cpu.max": "150000 100000\n", "memory.max": "1048576\n", "memory.current": "524288\n",
		"cpu.stat": "usage_usec 9\nthrottled_usec 2500000\n", "memory.events": "low 0\noom_kill 3\n",
		"memory.pressure": "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\nfull avg10=0.00 total=1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := figures(readCgroup(dir))
	for name, want := range map[string]float64{
		"cgroup.cores": 1.5, "cgroup.memory_limit": 1 << 20, "cgroup.memory": 1 << 19, "cgroup.throttled": 2.5, "cgroup.killed": 3, "cgroup.memory_stall": 1.5,
	} {
		near(t, name, got[name], want)
	}
	if len(got) != 6 {
		t.Errorf("%v", got)
	}
	if n := len(readCgroup(t.TempDir())); n != 0 {
		t.Errorf("%d figures of an empty directory", n)
	}
	if err := os.WriteFile(filepath.Join(dir, "memory.max"), []byte("max\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, limited := figures(readCgroup(dir))["cgroup.memory_limit"]; limited {
		t.Error("no limit is taken for one")
	}
}
