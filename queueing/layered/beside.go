package layered

import "math"

// shortest stands for times of zero, whose rates would be infinite (s).
const shortest = 1e-12

// beside is the rate at which each running activity ends. At a station of one
// server, the other running ones are met with the probability that they are
// there, and each met adds one's own service, as if both shared the server:
//
//	T_a = T_a(alone) + Σ_s x_as    x_as = service_as · Σ_b (stay_bs + x_bs) / T_b
//
// which makes the branches work one after the other if all of their time is at
// one server, as they then do. Stations of more servers than there are branches
// at them are free of it.
func (s *graphState) beside(alone []moments, at [][]presence) []float64 {
	n := len(s.running)
	t := make([]float64, n)
	for i, a := range s.running {
		t[i] = max(alone[a].mean, shortest)
	}
	if n > 1 {
		s.contend(t, alone, at)
	}
	for i := range t {
		t[i] = 1 / t[i]
	}
	return t
}

// contend stretches times until they agree with each other.
func (s *graphState) contend(t []float64, alone []moments, at [][]presence) {
	extra := make([][]float64, len(t))
	for i, a := range s.running {
		extra[i] = make([]float64, len(at[a]))
	}
	for range 200 {
		moved := 0.0
		for i, a := range s.running {
			sum := alone[a].mean
			for k, p := range at[a] {
				extra[i][k] += 0.5 * (p.service*s.met(i, p.station, t, extra, at) - extra[i][k])
				sum += extra[i][k]
			}
			was := t[i]
			t[i] = max(sum, shortest)
			moved = max(moved, math.Abs(t[i]-was)/t[i])
		}
		if moved < 1e-9 {
			return
		}
	}
}

// met is how many others are found in the way at a station.
func (s *graphState) met(i int, at *station, t []float64, extra [][]float64, all [][]presence) float64 {
	if at.discipline == Delay {
		return 0
	}
	sum, others := 0.0, 0
	for j, b := range s.running {
		if j == i {
			continue
		}
		for k, p := range all[b] {
			if p.station == at && t[j] > shortest {
				others++
				sum += (p.stay + extra[j][k]) / t[j]
			}
		}
	}
	if others < at.servers {
		return 0
	}
	return sum / float64(at.servers)
}
