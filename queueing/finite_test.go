package queueing

import (
	"testing"
)

// sourcesChain is the chain of finite sources at a station with room for k.
func sourcesChain(sources, k, c int, idle, service float64) []jump {
	var jumps []jump
	for n := range k {
		jumps = append(jumps, jump{n, n + 1, float64(sources-n) / idle}, jump{n + 1, n, float64(min(n+1, c)) / service})
	}
	return jumps
}

// seenBySources is what an arrival finds, from the rates at which sources ask.
func seenBySources(pi []float64, sources int) []float64 {
	seen := make([]float64, len(pi))
	for n, p := range pi {
		seen[n] = p * float64(sources-n)
	}
	return normalise(seen)
}

func TestEngset(t *testing.T) {
	q, err := NewEngset(20, 10, 1, 5) // load 0.1 of each idle source
	if err != nil {
		t.Fatal(err)
	}
	near(t, "time congestion", q.TimeCongestion(), 0.0232112, 5e-6)
	near(t, "call congestion", q.CallCongestion(), 0.0191159, 5e-6)
	pi := luStationary(t, 6, sourcesChain(20, 5, 5, 10, 1))
	for n, p := range pi {
		near(t, "p(n)", q.Present(n), p, 1e-11)
	}
	near(t, "call congestion", q.CallCongestion(), seenBySources(pi, 20)[5], 1e-11)

	// the load that these sources offer leads back to them
	offered := 0.0
	for n, p := range pi {
		offered += p * float64(20-n) / 10
	}
	same, err := NewEngsetLoad(20, offered, 1, 5)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "from the load", same.CallCongestion(), q.CallCongestion(), 1e-10)

	// many sources of little load each are Erlang B, no more sources than servers lose nothing
	many, _ := NewEngsetLoad(50_000_000, 8, 1, 10)
	near(t, "many sources", many.CallCongestion(), ErlangB(10, 8), 1e-6)
	few, _ := NewEngset(4, 1, 3, 5)
	if p := few.CallCongestion(); p != 0 {
		t.Errorf("four sources at five servers lose %v", p)
	}
	near(t, "few sources", few.Figures().Present, 4*3.0/4, 1e-12)
}

func TestMMcN(t *testing.T) {
	for _, r := range []struct {
		sources, c     int
		think, service float64
	}{{60, 1, 1, 0.02}, {12, 3, 2, 0.9}, {5, 8, 1, 1}, {1, 1, 3, 1}} {
		q, err := NewMMcN(r.sources, r.think, r.service, r.c)
		if err != nil {
			t.Fatal(err)
		}
		f := q.Figures()
		pi := luStationary(t, r.sources+1, sourcesChain(r.sources, r.sources, r.c, r.think, r.service))
		present, busy, wait := 0.0, 0.0, 0.0
		for n, p := range pi {
			near(t, "p(n)", q.Present(n), p, 1e-10)
			present += float64(n) * p
			busy += float64(min(n, r.c)) * p
		}
		for n, p := range seenBySources(pi, r.sources) {
			near(t, "seen", q.Seen(n), p, 1e-10)
			if n >= r.c {
				wait += p
			}
		}
		near(t, "L", f.Present, present, 1e-10)
		near(t, "X", f.Throughput, busy/r.service, 1e-10)
		near(t, "P(wait)", f.PWait, wait, 1e-10)
		near(t, "R, by Little's law", f.Response, present*r.service/busy, 1e-10)
		near(t, "cycle", f.Response+r.think, float64(r.sources)/f.Throughput, 1e-10)
		near(t, "R", q.Response().Mean(), f.Response, 1e-10)
		checkTime(t, "response", q.Response(), 1e-5)
		if f.PWait > 0 {
			checkTime(t, "waiting", q.Waiting(), 1e-6)
		}
	}
	// one server by mean value analysis
	q, _ := NewMMcN(60, 1, 0.02, 1)
	r, err := MVA(ClosedNetwork{Users: 60, Think: 1, Stations: []ClosedStation{{Demand: 0.02, Servers: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "R of MVA", q.Figures().Response, r.Response, 1e-10)
	// millions of sources on few servers: all but c of them wait
	many, err := NewMMcN(5_000_000, 1, 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "saturated", many.Figures().Response, 5_000_000/10.0-1, 1e-9)
}
