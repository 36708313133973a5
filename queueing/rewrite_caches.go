package queueing

import (
	"fmt"
	"math"

	"github.com/headroom/headroom/queueing/resilience"
	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// find is a look-up in a cache of keys.
type find struct {
	path  string
	owner scenarios.ServiceID // −1 in a session
	op    scenarios.OpID      // that is called whenever it is looked up
	store *scenarios.Store
	hit   float64
}

// find gives a cache of keys its hit ratio, and counts how often it is asked.
func (w *rewrite) find(s scenarios.Cache) []scenarios.Step {
	if s.Store == nil {
		return []scenarios.Step{s}
	}
	f := find{path: s.Path(), owner: w.owner, store: s.Store}
	if f.path == "" {
		f.path = fmt.Sprintf("cache %d", len(w.finds))
	}
	hit, known := w.know.hit[f.path]
	if !known {
		var err error
		if hit, err = hitRatio(s.Store, math.NaN()); err != nil {
			w.note(scenarios.Feature{Word: scenarios.WordStore, What: "a cache of keys", Where: w.where(), Effect: "every request misses: " + err.Error()})
			hit = 0
		}
		w.know.hit[f.path] = hit
	}
	f.hit = hit
	s.Hit, s.Store = hit, nil
	f.op = w.addOp(w.counter(), nil)
	w.finds = append(w.finds, f)
	return []scenarios.Step{scenarios.Call{Op: f.op}, s}
}

// where is the place whose steps are being rewritten.
func (w *rewrite) where() string {
	if w.owner < 0 {
		return "workloads"
	}
	return "services." + w.from.Services[w.owner].Name
}

// hitRatio is that of a cache that is asked so many times a second (NaN: as if
// what is in it lasted for ever).
func hitRatio(s *scenarios.Store, rate float64) (float64, error) {
	catalogue, err := resilience.ZipfCatalogue(s.Keys, s.Skew)
	if err != nil {
		return 0, err
	}
	policy := map[scenarios.Eviction]resilience.Policy{
		scenarios.LRU: resilience.KeepLatest, scenarios.LFU: resilience.KeepOften, scenarios.FIFOStore: resilience.KeepFirstIn,
	}[s.Policy]
	store := resilience.Store{Catalogue: catalogue, Policy: policy, Size: s.Size}
	if !math.IsNaN(rate) {
		store.Rate, store.Lasts = rate, likely(s.TTL)
	}
	return store.Hit()
}

// likely are equally likely values of a distribution, with its mean where there
// is one; none of that which is always 0.
func likely(d dist.Dist) []float64 {
	const n = 64
	if d.IsZero() {
		return nil
	}
	out, sum := make([]float64, n), 0.0
	for i := range out {
		out[i] = math.Min(d.Quantile((float64(i)+0.5)/n), math.MaxFloat64/n)
		sum += out[i]
	}
	if mean := d.Mean(); sum > 0 && mean < math.MaxFloat64 {
		for i := range out {
			out[i] *= mean * n / sum
		}
	}
	return out
}

// learnHits brings the ratios of caches up to date whose objects last for a time.
func (w *rewrite) learnHits(x *solver) float64 {
	change, rate := 0.0, map[string]float64{}
	for _, f := range w.finds { // one cache may be in several branches
		rate[f.path] += x.asked(f.op)
	}
	for _, f := range w.finds {
		if f.store.TTL.IsZero() {
			continue
		}
		hit, err := hitRatio(f.store, rate[f.path])
		if err != nil {
			continue
		}
		next := f.hit + 0.7*(hit-f.hit)
		change = math.Max(change, math.Abs(hit-f.hit))
		w.know.hit[f.path] = next
	}
	return change
}

// asked is how often an operation is called (1/s).
func (x *solver) asked(op scenarios.OpID) float64 {
	sum := 0.0
	for v := range x.viewers {
		sum += x.rates.calls[v][op]
	}
	return sum
}
