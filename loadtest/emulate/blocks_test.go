package emulate

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/headroom/headroom/measure"
)

// trackOf makes a track of one part, a mark a second, from what each second adds.
func trackOf(seconds int, add func() totals) track {
	t := track{{at: 5, parts: []totals{{}}}}
	for i := range seconds {
		sum := t[i].parts[0]
		for c, x := range add() {
			sum[c] += x
		}
		t = append(t, mark{at: 6 + float64(i), parts: []totals{sum}})
	}
	return t
}

func TestBlocksOfAConstant(t *testing.T) {
	b := newBlocks(trackOf(30, func() totals { return totals{ofEnded: 7, ofTimes: 7, ofResponse: 21} }))
	for what, e := range map[string]measure.Estimate{"rate": b.rate(ofEnded, 2), "ratio": b.ratio(ofResponse, ofTimes)} {
		want := map[string]float64{"rate": 3.5, "ratio": 3}[what]
		if math.Abs(e.Value-want) > 1e-9 || math.Abs(e.Hi-e.Lo) > 1e-9 || e.Confidence != 0.95 {
			t.Errorf("%s: %+v, want exactly %v", what, e, want)
		}
	}
	if e := b.ratio(ofRejected, ofArrivals); e.Known() {
		t.Errorf("a share of nothing: %+v", e)
	}
	if got := b.track.total(0, ofEnded, 7.5); got != 17.5 {
		t.Errorf("two and a half seconds of 7: %v", got)
	}
	few := newBlocks(trackOf(5, func() totals { return totals{ofEnded: 7} }))
	if e := few.rate(ofEnded, 1); e.Uncertain() || math.Abs(e.Value-7) > 1e-9 {
		t.Errorf("five marks: %+v, want a value without an interval", e)
	}
	if got := rest(share(measure.Between(0.9, 0.7, 1.1, 0.95))); math.Abs(got.Value-0.1) > 1e-12 || got.Lo != 0 || math.Abs(got.Hi-0.3) > 1e-12 {
		t.Errorf("what 0.9 in [0.7, 1.1] leaves: %+v", got)
	}
}

// The intervals hold the truth in 95 % of runs: of 500, between 455 and 492,
// which sound intervals leave in about one of 2000 sets of seeds.
func TestBlocksCover(t *testing.T) {
	rates, ratios := 0, 0
	const runs, perSecond, mean = 500, 20, 0.25
	for seed := range uint64(runs) {
		r := rand.New(rand.NewPCG(seed, 1))
		b := newBlocks(trackOf(30, func() (x totals) {
			for range r.IntN(2*perSecond + 1) {
				x[ofTimes]++
				x[ofResponse] += mean * r.ExpFloat64()
			}
			return x
		}))
		if e := b.rate(ofTimes, 1); e.Lo <= perSecond && perSecond <= e.Hi {
			rates++
		}
		if e := b.ratio(ofResponse, ofTimes); e.Lo <= mean && mean <= e.Hi {
			ratios++
		}
	}
	if rates < 455 || rates > 492 || ratios < 455 || ratios > 492 {
		t.Errorf("of %d intervals, %d of a rate and %d of a mean hold the truth", runs, rates, ratios)
	}
}

// A long track is thinned and still says the same.
func TestThinned(t *testing.T) {
	whole := trackOf(100, func() totals { return totals{ofEnded: 2} })
	thin := append(track(nil), whole...).thinned()
	if len(thin) != 51 || thin.to() != whole.to() || thin.total(0, ofEnded, 50.5) != whole.total(0, ofEnded, 50.5) {
		t.Errorf("thinned to %d marks up to %v with %v", len(thin), thin.to(), thin.total(0, ofEnded, 50.5))
	}
}

// What is in progress when the measured time stops is followed to its end: how
// long it took counts, that it ended does not.
func TestStopAndEnd(t *testing.T) {
	s := start(t, "web.do", `
services: {web: {operations: {do: [{wait: 500ms}]}}}
`)
	s.Begin()
	done := make(chan reply)
	go func() { done <- ask(t, s, "web.do") }()
	for s.services[0].totals(s.clock.Now())[ofArrivals] == 0 {
		time.Sleep(time.Millisecond)
	}
	s.Stop()
	<-done
	ask(t, s, "web.do") // after the measured time: counts for nothing
	var r measure.Result
	s.End(&r)
	op := r.Operations["web.do"]
	if op.Throughput.Value != 0 || op.Response == nil || math.Abs(op.Response.Mean.Value-0.5) > 1e-6 {
		t.Errorf("throughput %v, response %+v; want 0 and 0.5 s", op.Throughput, op.Response)
	}
	if p := r.Services["web"].Present.Value; p <= 0 || p > 1 {
		t.Errorf("%v present while measured", p)
	}
	if _, err := r.Services["web"].Utilization.MarshalJSON(); err != nil {
		t.Error(err)
	}
}
