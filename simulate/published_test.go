package simulate

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// A publication is a scenario of testdata/published, simulated once with the
// overrides given, and the figures read off the result.
type publication struct {
	id    string  // of the scenario, and of its figures but for what follows a second "-"
	sets  string  // overrides, divided by ";"
	n     float64 // requests of open workloads, in all replications together
	long  float64 // the same where HEADROOM_PUBLISHED is set; 0 = n
	time  float64 // of closed workloads, in place of n: seconds of each replication
	more  float64 // how many times as long where HEADROOM_PUBLISHED is set, for intervals that decide; 0 = 1
	whole bool    // not to be shortened: it would not forget how it begins

	figures map[string]func(*measure.Result) float64 // by the name of the figure
}

// A reference is what a publication, or a method that shares nothing with ours,
// says; and how far a simulation may be off.
type reference struct {
	Value float64 `json:"value"`
	Rel   float64 `json:"rel,omitempty"`
	Abs   float64 `json:"abs,omitempty"`
}

const (
	// publishedReplications is how many independent runs a publication gets.
	publishedReplications = 8
	// publishedPart is the part of a publication that is simulated every day, of
	// so many requests at least where they are counted.
	publishedPart, publishedLeast = 0.25, 50_000
)

// published holds publications to their figures. Seeds are fixed; run lengths
// are such that a sound simulator misses none of a slice's figures for nine
// seeds of ten and more. With HEADROOM_PUBLISHED the half-width of every
// figure's interval must be below half of its tolerance, or else nothing would be
// decided by it. Without, those that need long runs are left out (n = 0), of the
// others only a part is simulated, and a figure may be off by its tolerance or by
// two and a half times the half-width of its interval, whichever is more: 5.9
// standard errors, which of eight replications one figure in 1700 comes to.
func published(t *testing.T, all []publication) {
	t.Helper()
	figures := publishedFigures(t)
	inFull := longPublished()
	for _, p := range all {
		t.Run(p.id+" "+p.sets, func(t *testing.T) {
			n := p.n
			if inFull && p.long > 0 {
				n = p.long
			}
			if inFull && p.more > 0 {
				n *= p.more
				p.time *= p.more
			}
			if n == 0 && p.time == 0 {
				t.Skip("long; set HEADROOM_PUBLISHED=1")
			}
			if !inFull && !p.whole {
				n = max(min(n, publishedLeast), publishedPart*n)
				p.time *= publishedPart
			}
			if testing.Short() && n > 200_000 {
				t.Skip("short")
			}
			p.check(t, n, figures[family(p.id)])
		})
	}
}

// family is the id of the figures of a file: "WEB-06" of "WEB-06-a".
func family(id string) string {
	parts := strings.Split(id, "-")
	return strings.Join(parts[:2], "-")
}

func (p *publication) check(t *testing.T, n float64, want map[string]reference) {
	t.Helper()
	inFull := longPublished()
	m, err := scenarios.Load("testdata/published/"+p.id+".yaml", scenarios.Options{Set: p.overrides()})
	if err != nil {
		t.Fatal(err)
	}
	duration := p.time
	if n > 0 {
		rate := 0.0
		for i := range m.Workloads {
			if a := m.Workloads[i].Arrivals; a != nil {
				rate += a.Rate
			}
		}
		duration = n / rate / publishedReplications
	}
	o := Options{Seed: 1, Duration: duration, Warmup: duration / 10, Replications: publishedReplications, MaxTime: -1}
	s, err := prepare(m, o, new(atomic.Bool))
	if err != nil {
		t.Fatal(err)
	}
	defer s.progress.stop()
	s.fixedLength()
	r, err := s.conclude(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range p.figures {
		f, ok := want[name]
		if !ok {
			t.Errorf("no figure %q", name)
			continue
		}
		allowed := max(f.Rel*math.Abs(f.Value), f.Abs)
		got := read(r)
		off := math.Abs(got - f.Value)
		if !(off <= allowed) && !inFull {
			allowed = max(allowed, 2.5*halfWidth(s, read))
		}
		if !(off <= allowed) {
			t.Errorf("%s is %.8g, want %.8g within %v %% or %v (off by %.2g, allowed %.2g)", name, got, f.Value, 100*f.Rel, f.Abs, off, allowed)
		}
		if !inFull {
			continue
		}
		if half := halfWidth(s, read); !(half <= allowed/2) {
			t.Errorf("%s is %.8g ± %.2g: too wide an interval to decide whether it is within %.2g; simulate %.1f times as long", name, got, half, allowed, square(2*half/allowed))
		}
	}
}

func (p *publication) overrides() []string {
	if p.sets == "" {
		return nil
	}
	return strings.Split(p.sets, ";")
}

// publishedFigures reads all figures, by id and name.
func publishedFigures(t *testing.T) map[string]map[string]reference {
	t.Helper()
	files, err := filepath.Glob("testdata/published/figures*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of figures, %v", len(files), err)
	}
	out := map[string]map[string]reference{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var some map[string]map[string]reference
		if err := json.Unmarshal(data, &some); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for id, figures := range some {
			if out[id] == nil {
				out[id] = map[string]reference{}
			}
			maps.Copy(out[id], figures)
		}
	}
	return out
}

// Ways to read a figure off a result.

type reader = func(*measure.Result) float64

func meanOf(workload string) reader {
	return func(r *measure.Result) float64 { return r.Workloads[workload].Response.Mean.Value }
}

func p99Of(workload string) reader {
	return func(r *measure.Result) float64 { return r.Workloads[workload].Response.P99.Value }
}

func failedOf(workload string) reader {
	return func(r *measure.Result) float64 { return r.Workloads[workload].Failed.Value }
}

func rateOf(workload string) reader {
	return func(r *measure.Result) float64 { return r.Workloads[workload].Throughput.Value }
}

func presentAt(service string) reader {
	return func(r *measure.Result) float64 { return r.Services[service].Present.Value }
}

func busyAt(service string) reader {
	return func(r *measure.Result) float64 { return r.Services[service].Utilization.Value }
}

func waitAt(service string) reader {
	return func(r *measure.Result) float64 { return r.Services[service].WaitingTime.Mean.Value }
}

func responseAt(service string) reader {
	return func(r *measure.Result) float64 { return r.Services[service].Response.Mean.Value }
}

func throughputAt(service string) reader {
	return func(r *measure.Result) float64 { return r.Services[service].Throughput.Value }
}

func pWaitAt(service string) reader {
	return func(r *measure.Result) float64 { return r.Services[service].PWait.Value }
}

// times is a figure in another unit.
func times(f float64, read reader) reader {
	return func(r *measure.Result) float64 { return f * read(r) }
}

// less is what a share leaves of 1.
func less(read reader) reader {
	return func(r *measure.Result) float64 { return 1 - read(r) }
}

// withinTime is the rate of the requests of a workload that are answered in time,
// read off the distribution of their response times between two points of it.
func withinTime(workload string, limit float64) reader {
	return func(r *measure.Result) float64 {
		w := r.Workloads[workload]
		before := measure.Point{}
		for _, p := range w.Response.Histogram {
			if p.Le >= limit {
				share := before.P + (p.P-before.P)*(limit-before.Le)/(p.Le-before.Le)
				return share * (1 - w.Failed.Value) * w.Offered.Value
			}
			before = p
		}
		return (1 - w.Failed.Value) * w.Offered.Value
	}
}
