package loadtest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/headroom/headroom/scenarios"
)

// The studies of this file hold load tests against truths that are known, each
// on a machine that does nothing else: `make loadtest-study`. Targets are
// processes of their own: this test, run again.

func study(t *testing.T) {
	t.Helper()
	if os.Getenv("HEADROOM_LIVE") == "" {
		t.Skip("a study, for a quiet machine: HEADROOM_LIVE=1")
	}
}

// TestStudyStall is the study of coordinated omission: 1000/s for 30 s on a
// server that takes 1 ms and freezes for 2 s at 15 s. Of 30,000 requests those
// due within x of the thaw wait x, and all then take 1 ms: p95 = 501 ms,
// p99 = 1701 ms, p99.9 = 1971 ms. With a cap on connections it is the target's
// time that has to be so.
func TestStudyStall(t *testing.T) {
	study(t)
	truth := []float64{0.501, 1.701, 1.971}
	t.Logf("%-24s %-14s %8s %8s %8s %8s   %s", "(ms)", "", "p50", "p95", "p99", "p99.9", "off the truth")
	for _, e := range []Engine{Vegeta, Lean} {
		for _, connections := range []int{5000, 50} {
			m := shop(evenly("visitors", 1000, only(page)))
			r := load(t, m, targetProcess(t, "freeze"), Options{Duration: 30, MaxConnections: connections, Engine: e})
			w := r.Workloads["visitors"]
			judged := w.Response
			name := fmt.Sprintf("%s, %d connections", e, connections)
			tell := func(what string, q []float64) {
				off := ""
				for i := range truth {
					off += fmt.Sprintf(" %+.1f %%", 100*(q[i+1]/truth[i]-1))
				}
				t.Logf("%-24s %-14s %8.1f %8.1f %8.1f %8.1f  %s", name, what, 1e3*q[0], 1e3*q[1], 1e3*q[2], 1e3*q[3], off)
			}
			tell("response_time", []float64{w.Response.P50.Value, w.Response.P95.Value, w.Response.P99.Value, w.Response.P999.Value})
			if connections == 50 {
				if judged = w.Target; judged == nil {
					t.Fatal("the cap was not reached")
				}
				tell("target_time", []float64{w.Target.P50.Value, w.Target.P95.Value, w.Target.P99.Value, w.Target.P999.Value})
				tell("queue_time", []float64{w.Queue.P50.Value, w.Queue.P95.Value, w.Queue.P99.Value, w.Queue.P999.Value})
				tell("service_time", []float64{w.Service.P50.Value, w.Service.P95.Value, w.Service.P99.Value, w.Service.P999.Value})
			}
			for i, got := range []float64{judged.P95.Value, judged.P99.Value, judged.P999.Value} {
				if math.Abs(got/truth[i]-1) > 0.05 {
					t.Errorf("%s: %.0f ms where %.0f ms are true", name, 1e3*got, 1e3*truth[i])
				}
			}
			if r.Run.Requests != 30_000 && r.Run.Requests != 29_999 {
				t.Errorf("%s: %d requests", name, r.Run.Requests)
			}
			for _, c := range r.Caveats {
				t.Logf("%s: %s", name, c.What)
			}
		}
	}
}

// TestStudyArrivals looks at when requests are sent with the kernel's eyes:
// 5000/s for 8 s over 50 connections, the generator on one core.
func TestStudyArrivals(t *testing.T) {
	study(t)
	if _, err := exec.LookPath("tcpdump"); err != nil {
		t.Skip("tcpdump is not installed")
	}
	b := &bench{dir: t.TempDir()}
	ours := b.build(t)
	t.Logf("%-20s %10s %10s %12s %22s", "", "CV of gaps", "rate", "gaps < 20 µs", "sent late p50, p99 (µs)")
	for _, e := range []Engine{Vegeta, Lean} {
		for _, arrivals := range []string{"poisson", "constant"} {
			url := targetProcess(t, "answer")
			scenario := filepath.Join(b.dir, arrivals+".yaml")
			write(t, scenario, fmt.Sprintf("headroom: 1\nname: pace\nservices: {web: {operations: {f: [{cpu: 10us}]}}}\nworkloads: {load: {arrivals: %s(5000/s), does: web.f}}\nlive: {base: '%s', operations: {web.f: {path: /f}}}\n", arrivals, url))
			hits := filepath.Join(b.dir, "hits")
			stop := capture(t, url, filepath.Join(b.dir, "packets"))
			out, err := pinned(1, ours, "load", scenario, "--engine", string(e), "--warmup", "0s", "--duration", "8s", "--max-connections", "50", "--hits", hits, "--seed", "7").CombinedOutput()
			at := stop()
			if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) { // a verdict of the run is no failure of it
				t.Fatalf("%v: %s", err, out)
			}
			_, kept, err := ReadHits(hits)
			if err != nil {
				t.Fatal(err)
			}
			slices.SortFunc(kept, func(a, b Hit) int { return int(a.Due - b.Due) })
			if len(at) < len(kept)*999/1000 {
				t.Fatalf("%d packets of %d requests", len(at), len(kept))
			}
			var gaps, late []float64
			short := 0
			for i := 1; i < len(at); i++ {
				gaps = append(gaps, at[i]-at[i-1])
				if at[i]-at[i-1] < 20e-6 {
					short++
				}
			}
			for _, h := range kept {
				late = append(late, seconds(h.Sent-h.Due))
			}
			slices.Sort(late)
			mean, sd := moments(gaps)
			wanted := float64(len(kept)-1) / seconds(kept[len(kept)-1].Due-kept[0].Due)
			off := (1/mean)/wanted - 1
			p99 := late[len(late)*99/100]
			name := fmt.Sprintf("%s, %s", e, arrivals)
			t.Logf("%-20s %10.3f %+9.3f%% %10.1f %% %10.0f %10.0f", name, sd/mean, 100*off, 100*float64(short)/float64(len(gaps)), 1e6*late[len(late)/2], 1e6*p99)
			if cv := sd / mean; arrivals == "constant" && cv >= 0.35 || arrivals == "poisson" && math.Abs(cv-1) > 0.1 {
				t.Errorf("%s: the gaps' CV is %.3f", name, cv)
			}
			if math.Abs(off) > 0.001 || p99 > 1e-3 {
				t.Errorf("%s: rate off by %.3f %%, p99 of lateness %.0f µs", name, 100*off, 1e6*p99)
			}
		}
	}
}

// capture notes when requests are sent to an address; the function returned ends
// that and tells the times (s).
func capture(t *testing.T, url, path string) func() []float64 {
	t.Helper()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	const get = "0x47455420" // "GET "
	c := pinned(0, "tcpdump", "-i", "lo", "-s", "96", "-B", "65536", "-n", "--time-stamp-precision=nano", "-Z", "root", "-w", path,
		"tcp dst port "+port+" and tcp[((tcp[12:1] & 0xf0) >> 2):4] = "+get)
	said, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(said).ReadString('\n'); err != nil || !strings.Contains(line, "listening") {
		t.Skipf("tcpdump says %q, %v", line, err)
	}
	return func() []float64 {
		time.Sleep(2 * time.Second) // what is under way, and what waits to be taken from the kernel, a second at most
		_ = c.Process.Signal(os.Interrupt)
		_ = c.Wait()
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return packetTimes(t, data)
	}
}

// packetTimes reads a file of pcap with a grain of nanoseconds.
func packetTimes(t *testing.T, data []byte) []float64 {
	t.Helper()
	const magic, header, record = 0xa1b23c4d, 24, 16
	if len(data) < header || binary.LittleEndian.Uint32(data) != magic {
		t.Fatal("no pcap with nanoseconds")
	}
	var out []float64
	first := int64(0)
	for data = data[header:]; len(data) >= record; {
		at := int64(binary.LittleEndian.Uint32(data))*1e9 + int64(binary.LittleEndian.Uint32(data[4:]))
		if first == 0 {
			first = at
		}
		out = append(out, float64(at-first)/1e9)
		data = data[min(len(data), record+int(binary.LittleEndian.Uint32(data[8:]))):]
	}
	slices.Sort(out)
	return out
}

// TestStudyTenMillionHits: ten million hits take less than 500 MB of disk, and
// recording them and making a result of them less than 100 MB of memory.
func TestStudyTenMillionHits(t *testing.T) {
	study(t)
	checkHitsIn(t, 10_000_000, 500e6, 100)
}

// TestManyHits is the same with fewer, every time. A process of a test takes 20
// MB before it begins.
func TestManyHits(t *testing.T) {
	checkHitsIn(t, 500_000, 500e6/20, 100)
}

func checkHitsIn(t *testing.T, n int, disk, memory float64) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestChildOfStudies$")
	c.Env = append(os.Environ(), "HEADROOM_CHILD=hits", "HEADROOM_CHILD_N="+strconv.Itoa(n), "HEADROOM_CHILD_DIR="+t.TempDir())
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var size float64
	if _, err := fmt.Sscanf(string(out), "%g bytes", &size); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	used := mostResident(c.ProcessState)
	t.Logf("%d hits: %.1f MB of disk, %.0f MiB of memory, %.1f s of processor time", n, size/1e6, used,
		(c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds())
	if size > disk || used*1.048576 > memory {
		t.Errorf("want %v MB of disk and %v MB of memory at most", disk/1e6, memory)
	}
}

// targetProcess starts a target in a process of its own, on a core of its own.
func targetProcess(t *testing.T, kind string) string {
	t.Helper()
	c := pinned(0, os.Args[0], "-test.run=^TestChildOfStudies$")
	c.Env = append(os.Environ(), "HEADROOM_CHILD="+kind)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// TestChildOfStudies is no test but the other process of a study.
func TestChildOfStudies(t *testing.T) {
	switch os.Getenv("HEADROOM_CHILD") {
	case "answer":
		serveForEver(t, func() {})
	case "freeze":
		var began time.Time
		first := make(chan struct{}, 1)
		first <- struct{}{}
		ready := make(chan struct{})
		serveForEver(t, func() {
			select {
			case <-first:
				began = time.Now()
				close(ready)
			default:
				<-ready
			}
			if at := time.Since(began); at >= 15*time.Second && at < 17*time.Second {
				time.Sleep(17*time.Second - at)
			}
			time.Sleep(time.Millisecond)
		})
	case "hits":
		n, err := strconv.Atoi(os.Getenv("HEADROOM_CHILD_N"))
		if err != nil {
			t.Fatal(err)
		}
		recordMany(t, n, filepath.Join(os.Getenv("HEADROOM_CHILD_DIR"), "hits"))
	}
}

// serveForEver answers every request after work, with little ado: what a study
// measures is not the target.
func serveForEver(t *testing.T, work func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("http://" + l.Addr().String() + "\n")
	for {
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			in := bufio.NewReaderSize(c, 1024)
			for {
				line, err := in.ReadSlice('\n')
				if err != nil {
					return
				}
				if len(bytes.TrimSpace(line)) > 0 {
					continue
				}
				work()
				if _, err := io.WriteString(c, fine); err != nil {
					return
				}
			}
		}()
	}
}

// recordMany records n hits as a run at 50,000/s would, with waits that are
// spread widely, and makes a result of them.
func recordMany(t *testing.T, n int, path string) {
	const rate = 50_000
	span := float64(n) / rate
	head := Head{Duration: span, Connections: 100, Workloads: []string{"visitors"}, Operations: []string{"web.page"}, Direct: []bool{true}}
	r, err := newRecorder(path, &head)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		due := time.Duration(float64(i) / rate * 1e9)
		late := time.Duration(random.ExpFloat64() * 20e3)
		took := time.Duration(math.Exp(random.NormFloat64()) * 1e6)
		r.add(&Hit{Due: due, Sent: due + late, Done: due + late + took, Status: http.StatusOK, Bytes: 128, Waited: i%7 == 0, Queued: late / 2, Op: scenarios.OpID(0)})
		if i%(rate/20) == rate/20-1 {
			time.Sleep(time.Millisecond) // so that the disk is written now and then, as in a run
		}
	}
	if err := r.finish(&End{Duration: span}); err != nil {
		t.Fatal(err)
	}
	result, err := ResultOf(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := result.Run.Requests; got != int64(n) {
		t.Fatalf("%d requests of %d", got, n)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(os.Stdout, "%d bytes\n", info.Size())
}
