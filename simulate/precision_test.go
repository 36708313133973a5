package simulate

import (
	"math"
	"reflect"
	"sync/atomic"
	"testing"
)

// measuring is a study of M/M/1 that has begun to measure.
func measuring(t *testing.T) *study {
	t.Helper()
	s, err := prepare(mmc(1, 0.5), Options{Seed: 1, Replications: 3}, new(atomic.Bool))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.progress.stop)
	if !s.runPilots() {
		t.Fatal("no steady state")
	}
	s.startMeasuring()
	s.record(100)
	return s
}

// What is measured anew is what came after, and with what was set aside it is
// all there was.
func TestMeasureAnew(t *testing.T) {
	whole, parts := measuring(t), measuring(t)
	warmup := whole.warmup
	whole.measureUpTo(500)
	parts.measureUpTo(200)
	first := parts.responses(0).n()
	parts.measureAnew()
	parts.measureUpTo(300)
	if parts.warmup != warmup+200 || math.Abs(parts.windows()[0][atTime]-300) > 1e-9 || parts.responses(0).n() != whole.responses(0).n()-first {
		t.Errorf("after %v s, %v s with %d requests; want after %v s, 300 s with %d",
			parts.warmup, parts.windows()[0][atTime], parts.responses(0).n(), warmup+200, whole.responses(0).n()-first)
	}
	parts.takeBack()
	if parts.warmup != warmup || !reflect.DeepEqual(parts.windows(), whole.windows()) {
		t.Errorf("taken back, %v after %v s, want %v after %v s", parts.windows(), parts.warmup, whole.windows(), warmup)
	}
	a, b := parts.responses(0), whole.responses(0)
	if a.n() != b.n() || math.Abs(a.mean()[0].num/b.mean()[0].num-1) > 1e-12 || a.pooled().quantile(0.99) != b.pooled().quantile(0.99) {
		t.Errorf("taken back, %d requests of %v s and a p99 of %v; want %d, %v, %v",
			a.n(), a.mean()[0].num, a.pooled().quantile(0.99), b.n(), b.mean()[0].num, b.pooled().quantile(0.99))
	}
}

// scripted is a measurement whose needs are given, by the length measured.
type scripted struct {
	lengths []float64
	needs   []need
	anew    int // the round after which it was measured anew
	back    bool
	halts   bool
}

func (s *scripted) measureUpTo(length float64) { s.lengths = append(s.lengths, length) }
func (s *scripted) measureAnew()               { s.anew = len(s.lengths) }
func (s *scripted) takeBack()                  { s.back = true }
func (s *scripted) longestLength() float64     { return 10_000 }
func (s *scripted) halted() bool               { return s.halts && len(s.lengths) == len(s.needs) }

func (s *scripted) assess() need {
	return s.needs[min(len(s.lengths), len(s.needs))-1]
}

// The rule by hand: however narrow, the first round ends nothing; no plan where
// nothing rare was seen; a length planned is measured anew, and goes on where it
// is not enough; what is cut short takes back what was set aside.
func TestUntilPrecise(t *testing.T) {
	for name, c := range map[string]struct {
		needs   []need
		halts   bool
		lengths []float64
		anew    int
		back    bool
	}{
		"narrow at once":       {[]need{{0.01, 0.1}, {0.01, 0.1}}, false, []float64{10, 40}, 1, false},
		"planned with margin":  {[]need{{4, 1}, {0.9, 0.5}}, false, []float64{10, 60}, 1, false},
		"too little seen":      {[]need{{0.5, 3.5}, {0.3, 0.6}, {0.2, 0.4}}, false, []float64{10, 20, 80}, 2, false},
		"far too short":        {[]need{{50, 1}, {5, 0.1}, {0.7, 0}}, false, []float64{10, 40, 300}, 2, false},
		"not enough after all": {[]need{{4, 1}, {1.2, 0.5}, {0.7, 0.4}}, false, []float64{10, 60, 108}, 1, false},
		"odd after the plan":   {[]need{{4, 1}, {0.9, 5}}, false, []float64{10, 60}, 1, false},
		"cut short":            {[]need{{4, 1}, {2, 1}}, true, []float64{10, 60}, 1, true},
		"cut short at once":    {[]need{{4, 1}}, true, []float64{10}, 0, false},
		"no room to begin":     {[]need{{4, 1}, {0.9, 0.5}}, false, []float64{3000, 10_000}, 0, false},
	} {
		s := &scripted{needs: c.needs, halts: c.halts}
		untilPrecise(s, c.lengths[0])
		if s.anew != c.anew || s.back != c.back || len(s.lengths) != len(c.lengths) {
			t.Errorf("%s: lengths %v, anew after %d, taken back %v; want %v, %d, %v", name, s.lengths, s.anew, s.back, c.lengths, c.anew, c.back)
			continue
		}
		for i, l := range c.lengths {
			if math.Abs(s.lengths[i]-l) > 1e-9*l {
				t.Errorf("%s: lengths %v, want %v", name, s.lengths, c.lengths)
			}
		}
	}
}
