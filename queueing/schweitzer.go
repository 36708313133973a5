package queueing

import (
	"fmt"
	"math"
)

// MixedClass is one closed class of a [MixedNetwork].
type MixedClass struct {
	Users   int
	Think   float64   // (s)
	Demands []float64 // at each station, all visits of one request (s)
	// Overlap is the part of a request's residence times that passes at the
	// same time as others, in parallel branches (s): it shortens the response.
	Overlap float64
}

// MixedNetwork is a network of several closed classes, with open load at its
// stations.
type MixedNetwork struct {
	Servers  []int     // of each station; 0 is a delay
	OpenLoad []float64 // in servers kept busy (1)
	Classes  []MixedClass
}

// MixedResult is the steady state of a [MixedNetwork].
type MixedResult struct {
	Throughput []float64   // of each class (1/s)
	Response   []float64   // of each class, overlap taken off (s)
	Residence  [][]float64 // of each class at each station (s)
	Present    [][]float64 // of each class at each station (1)
}

// Schweitzer solves a network of several closed classes by approximate mean
// value analysis. An arrival of class r sees what is there on average, less its
// own share:
//
//	A_k(r) = Σ_j Q_k(j) − Q_k(r)/N_r    R_k(r) = D_k(r)·(1 + A_k(r))    X_r = N_r / (Z_r + Σ R_k(r) − overlap)
//
// Open load ρ at a single server stretches D to D/(1 − ρ). A station of c
// servers is a server c times as fast and a delay of the rest ([Seid87]).
//
//   - Domain: users ≥ 0, times ≥ 0, open load below the servers.
//   - Accuracy: within a few per cent for single servers, worse for several
//     classes of very different demands and for many servers at half load.
//   - Source: [Schw79] and [Bard79], as in [LZGS84]; servers [Seid87].
func Schweitzer(m MixedNetwork) (MixedResult, error) {
	if err := m.check(); err != nil {
		return MixedResult{}, err
	}
	k, r := len(m.Servers), len(m.Classes)
	out := MixedResult{Throughput: make([]float64, r), Response: make([]float64, r), Residence: matrix(r, k), Present: matrix(r, k)}
	line := matrix(r, k)
	for j, c := range m.Classes {
		for i, servers := range m.Servers {
			line[j][i] = float64(c.Users) / float64(k) / math.Max(1, float64(servers))
		}
	}
	for range 20000 {
		if m.sweep(&out, line) < 1e-12 {
			return out, nil
		}
	}
	return out, fmt.Errorf("queueing: approximate mean value analysis of %d classes did not settle in 20000 rounds", r)
}

// sweep is one round over all classes; it returns the largest relative change
// of a throughput or of a number present. line is the number in the part of a
// station where requests queue: all of it at a single server.
func (m MixedNetwork) sweep(out *MixedResult, line [][]float64) float64 {
	change := 0.0
	total := make([]float64, len(m.Servers))
	for _, present := range line {
		for i, q := range present {
			total[i] += q
		}
	}
	queued := make([]float64, len(m.Servers))
	for j, c := range m.Classes {
		if c.Users == 0 {
			continue
		}
		sum := 0.0
		for i, servers := range m.Servers {
			d := c.Demands[i]
			queued[i] = 0
			if n := float64(servers); servers > 0 {
				queued[i] = d / (n - m.OpenLoad[i]) * (1 + total[i] - line[j][i]/float64(c.Users))
				d *= (n - 1) / n
			}
			out.Residence[j][i] = d + queued[i]
			sum += d + queued[i]
		}
		out.Response[j] = math.Max(sum-c.Overlap, 0)
		x := float64(c.Users) / math.Max(c.Think+out.Response[j], math.SmallestNonzeroFloat64)
		change = math.Max(change, math.Abs(x-out.Throughput[j])/x)
		out.Throughput[j] = x
		for i := range queued {
			change = math.Max(change, math.Abs(x*queued[i]-line[j][i])/float64(c.Users))
			line[j][i] = x * queued[i]
			out.Present[j][i] = x * out.Residence[j][i]
		}
	}
	return change
}

func (m MixedNetwork) check() error {
	w := want{station: "mixed network"}
	if len(m.OpenLoad) != len(m.Servers) {
		w.fail("number of open loads", float64(len(m.OpenLoad)), "one for each station")
		return w.err
	}
	for i, s := range m.Servers {
		w.notNegative("servers", float64(s))
		w.notNegative("open load", m.OpenLoad[i])
		if s > 0 {
			w.stable(m.OpenLoad[i], float64(s))
		}
	}
	for _, c := range m.Classes {
		w.notNegative("users", float64(c.Users))
		w.notNegative("think time", c.Think)
		w.notNegative("overlap", c.Overlap)
		if len(c.Demands) != len(m.Servers) {
			w.fail("number of demands", float64(len(c.Demands)), "one for each station")
			return w.err
		}
		total := c.Think
		for _, d := range c.Demands {
			w.notNegative("demand", d)
			total += d
		}
		if c.Users > 0 && !(total > 0) {
			w.fail("think time plus demands", total, "a time above 0")
		}
	}
	return w.err
}

func matrix(rows, columns int) [][]float64 {
	all := make([]float64, rows*columns)
	out := make([][]float64, rows)
	for i := range out {
		out[i] = all[i*columns : (i+1)*columns]
	}
	return out
}
