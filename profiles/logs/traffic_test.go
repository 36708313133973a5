package logs

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
)

// at makes records at instants (s).
func at(times []float64) stretch {
	s := stretch{from: 0, to: int64(math.Ceil(times[len(times)-1])) * second}
	for _, x := range times {
		s.records = append(s.records, record{at: int64(x * second), took: -1})
	}
	return s
}

// Of 200 Poisson processes, about 190 intervals of each figure hold the truth. A sound interval of 95 % misses in 200 seeds
// more than 25 times with a probability below 0.1 %; seeds are fixed.
func TestPoissonIntervals(t *testing.T) {
	missRate, missIndex, missGaps := 0, 0, 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		var times []float64
		for x := 0.0; x < 400; x += r.ExpFloat64() / 10 {
			times = append(times, x)
		}
		s := at(times)
		miss := func(e measure.Estimate, truth float64) int {
			if e.Lo <= truth && truth <= e.Hi {
				return 0
			}
			return 1
		}
		missRate += miss(s.rate(), 10)
		missIndex += miss(s.dispersionOf(1), 1)
		g := s.gaps(1e-9)
		missGaps += miss(g.SCV, 1)
		if text, _ := s.arrivals(10, g, s.dispersion(1e-9)); seed < 20 && !strings.HasPrefix(text, "poisson") {
			t.Errorf("seed %d: arrivals %s", seed, text)
		}
	}
	t.Logf("intervals that miss: rate %d, dispersion %d, gaps %d of 200", missRate, missIndex, missGaps)
	for _, n := range []int{missRate, missIndex, missGaps} {
		if n > 25 {
			t.Errorf("%d of 200 intervals miss", n)
		}
	}
}

// Renewal gaps of squared coefficient of variation 4 are found as such, and the
// index of dispersion goes to the same number ([Whit82]).
func TestBursty(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	var times []float64
	// Balanced means: p = (1 + √((c²−1)/(c²+1)))/2.
	p := (1 + math.Sqrt(3.0/5)) / 2
	for x := 0.0; x < 2000; {
		times = append(times, x)
		rate := 2 * p * 20
		if r.Float64() > p {
			rate = 2 * (1 - p) * 20
		}
		x += r.ExpFloat64() / rate
	}
	s := at(times)
	g := s.gaps(1e-6)
	d := s.dispersionOf(10)
	if math.Abs(g.SCV.Value-4) > 0.4 || math.Abs(d.Value-4) > 1.2 {
		t.Errorf("c² %+v, dispersion %+v, want 4", g.SCV, d)
	}
	if text, _ := s.arrivals(20, g, s.dispersion(1e-6)); !strings.HasPrefix(text, `"bursty(`) {
		t.Errorf("arrivals %s", text)
	}
	if s.gaps(1) != nil {
		t.Error("gaps of 50 ms from stamps of 1 s")
	}
}

// A process whose rate takes turns is found again: 5/s and 35/s for 2 s each
// have I(t) → 1 + d²·s/m = 1 + 225·2/20 = 23.5.
func TestModulated(t *testing.T) {
	var points []measure.Dispersion
	for _, w := range []float64{0.1, 0.2, 0.5, 1, 2, 5, 10} {
		points = append(points, measure.Dispersion{Window: w, Index: measure.Exactly(1 + 22.5*(1-(1-math.Exp(-w))/w))})
	}
	low, high, stay := modulated(20, points)
	if math.Abs(low-5) > 1.5 || math.Abs(high-35) > 1.5 || math.Abs(stay-2) > 0.5 {
		t.Errorf("%g/s and %g/s for %g s", low, high, stay)
	}
}

// The exponent of a Zipf law is found from draws of it.
func TestZipf(t *testing.T) {
	for _, s := range []float64{0.7, 1, 1.4} {
		r := rand.New(rand.NewPCG(11, uint64(s*10)))
		const n = 5000
		sum := make([]float64, n+1)
		for i := 1; i <= n; i++ {
			sum[i] = sum[i-1] + math.Pow(float64(i), -s)
		}
		a := addresses{keys: map[uint64]seen{}}
		for range 300_000 {
			u := r.Float64() * sum[n]
			lo, hi := 1, n
			for lo < hi {
				if m := (lo + hi) / 2; sum[m] >= u {
					hi = m
				} else {
					lo = m + 1
				}
			}
			a.add(uint64(lo))
		}
		p := a.popularity()
		if math.Abs(p.Skew.Value-s) > 0.03 {
			t.Errorf("exponent %+v, want %g", p.Skew, s)
		}
	}
}

func readAll(t *testing.T, o Options, text string) *measure.Traffic {
	t.Helper()
	r := NewReader(o)
	if err := r.Read("a.log", strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	got, err := r.Traffic()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Sessions counted by hand: ada asks at 0, 10 and 25 s, and again 31 min
// later; bob at 5 s.
func TestSessions(t *testing.T) {
	var b strings.Builder
	base := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		who string
		at  float64
	}{{"ada", 0}, {"bob", 5}, {"ada", 10}, {"ada", 25}, {"ada", 25 + 31*60}} {
		fmt.Fprintf(&b, `{"ts":%.3f,"sid":%q,"uri":"/a","method":"GET","status":200,"request_time":2}`+"\n", float64(base.Unix())+x.at+2, x.who)
	}
	got := readAll(t, Options{Session: "sid"}, b.String())
	s := got.Sessions
	if s == nil || s.Count != 3 || s.Clients != 2 || s.By != "sid" || s.Length.Mean.Value != 5.0/3 {
		t.Fatalf("sessions %+v", s)
	}
	if s.Think.Count != 2 || math.Abs(s.Think.Mean.Value-(8+13)/2.0) > 1e-9 || !s.Measured {
		t.Errorf("think %+v", s.Think) // from answers: 10 − 2, 25 − 12
	}
	if got.Began.Unix() != base.Unix() {
		t.Errorf("began %v: stamps of ends are to be taken back by what requests took", got.Began)
	}
}

func TestTraffic(t *testing.T) {
	log := string(writtenLog(20_000, 2, combinedLine))
	got := readAll(t, Options{}, log+"garbage\n")
	if got.Requests != 20_000 || got.Bad != 1 || got.Grain != 1 || got.Gaps != nil || got.Format != "combined" || !got.Ended {
		t.Errorf("%+v", got)
	}
	if math.Abs(got.Rate.Value-2) > 0.1 || got.Busy.Rate.Value < got.Rate.Value || got.Busy.Span != 3600 {
		t.Errorf("rate %+v, busy hour %+v", got.Rate, got.Busy)
	}
	sum := 0.0
	for _, r := range got.Routes {
		sum += r.Share
	}
	if len(got.Routes) != 6 || math.Abs(sum-1) > 1e-9 || math.Abs(got.Errors.Value-0.2) > 0.02 {
		t.Errorf("routes %+v, errors %+v", got.Routes, got.Errors)
	}
	made, err := Scenario(got, Want{})
	if err != nil {
		t.Fatal(err)
	}
	if w := made.Model.Workloads[0]; math.Abs(w.Arrivals.Rate-got.Busy.Rate.Value) > 0.01 || len(w.Mix) != 6 {
		t.Errorf("scenario %s", made.Text)
	}
	// Files in any order, compressed, say the same.
	half := strings.Index(log[len(log)/2:], "\n") + len(log)/2 + 1
	r := NewReader(Options{})
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = io.WriteString(w, log[half:])
	_ = w.Close()
	for _, part := range []io.Reader{&z, strings.NewReader(log[:half])} {
		if err := r.Read("part", part); err != nil {
			t.Fatal(err)
		}
	}
	again, err := r.Traffic()
	if err != nil || again.Rate != got.Rate || again.Busy != got.Busy {
		t.Errorf("in two files: %v, %+v", err, again)
	}
}

// What is no log gets an error that says so and where.
func TestHostile(t *testing.T) {
	var whole bytes.Buffer
	w := gzip.NewWriter(&whole)
	_, _ = w.Write(writtenLog(3000, 2, combinedLine))
	_ = w.Close()
	good := string(writtenLog(50, 2, combinedLine))
	for name, c := range map[string]struct{ text, want string }{
		"nothing":          {"", "no lines"},
		"a picture":        {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"},
		"prose":            {"It was a dark and stormy night.\n", "no known format"},
		"cut gzip":         {whole.String()[:whole.Len()/2], "ends in the middle"},
		"zstd":             {"\x28\xb5\x2f\xfd", "zstd"},
		"mostly another":   {good + strings.Repeat("what is this\n", 60), "60 of 110 lines"},
		"one request":      {good[:strings.Index(good, "\n")+1], "1 requests"},
		"an endless line":  {good + strings.Repeat("x", 3*MaxLine) + "\n" + good, ""},
		"deep JSON":        {good + strings.Repeat(`{"a":`, 5000) + "\n", ""},
		"cut recording":    {`{"log":{"version":"1.2","entries":[{"startedDateTime":"2026`, "ends in the middle"},
		"a thousand years": {good + strings.Replace(good, "2026", "1971", 1), "span"},
	} {
		r := NewReader(Options{})
		err := r.Read("x.log", strings.NewReader(c.text))
		if err == nil {
			_, err = r.Traffic()
		}
		var e *Error
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "x.log")) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

// Reading allocates nothing for a line, whatever the format.
func TestNoAllocation(t *testing.T) {
	for name, line := range map[string]func(*bytes.Buffer, time.Time, int, *rand.Rand){"combined": combinedLine, "caddy": caddyLine} {
		f, err := Named(name, "")
		if err != nil {
			t.Fatal(err)
		}
		text := bytes.TrimSpace(writtenLog(1, 1, line))
		var e Entry
		router := newRouter(nil)
		if n := testing.AllocsPerRun(100, func() {
			if !f.Parse(text, &e) {
				t.Fatal("not read")
			}
			router.route(&e)
		}); n != 0 {
			t.Errorf("%s: %g allocations a line", name, n)
		}
	}
}
