package qbd

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// maxWork bounds the multiplications that a time may take: some ten seconds, after
// which it is refused.
const maxWork = 1e10

// Waiting is the time in line of one visit (s). Who finds all servers busy and m
// in line waits for m + 1 services to finish, and meanwhile the busy servers
// move through their phases whatever arrives:
//
//	P(W > t) = π_c·(I − R)⁻¹·Z(t)·1    Z' = Z·S₀ + R·Z·S₁    Z(0) = D₁·1/λ ⊗ I
//
// where S₀ holds the moves of the busy servers without a finish and S₁ those
// with one and the next begun. In steps of the fastest state it is [Stages], of
// which the next is the last with π_c·Z·S₁·1.
//
//   - Domain: times that take too many steps, for rates far apart or very many
//     states, give an input error.
//   - Accuracy: relative 1e-11 or so, down to a survival of 1e-30 at least.
//   - Source: the equation of [Ozaw06] for services in phases; uniformization
//     [Jens53].
func (s *MAPPHc) Waiting() (*Stages, error) {
	states := len(s.crowded())
	k, _ := s.replace.inner.Dims()
	cost := float64(states*k) * float64(states+2*k)
	stay, next, rate := s.steps()
	crowded, full := s.crowded(), s.line.Level(s.c)
	finish := rowSums(next)
	z := mat.NewDense(states, k, nil)
	for i, comes := range s.arrivals.comes {
		for j := range k {
			z.Set(i*k+j, j, comes/s.arrivals.rate)
		}
	}
	r := s.line.ratio()
	buffer, raised := mat.NewDense(states, k, nil), mat.NewDense(states, k, nil)
	return gather("waiting time", 1-s.PWait(), rate, 4*states, int(math.Min(1e6, maxWork/cost)), func(n int) (stays, ends float64) {
		if n > 0 {
			timesInto(buffer, 0, z, next)
			timesInto(raised, 0, r, buffer)
			timesInto(raised, 1, z, stay)
			z, raised = raised, z
		}
		return sum(rowTimes(crowded, z)), dot(rowTimes(full, z), finish)
	})
}

// steps are the moves of the busy servers at the steps of the fastest state,
// without a finish and with one, and the rate of the steps (1/s).
func (s *MAPPHc) steps() (stay, next *mat.Dense, rate float64) {
	leave := rowSums(s.replace.inner)
	addRow(leave, 1, rowSums(s.replace.finish))
	rate = largest(leave)
	stay, next = mat.DenseCopyOf(s.replace.inner), mat.DenseCopyOf(s.replace.finish)
	stay.Scale(1/rate, stay)
	next.Scale(1/rate, next)
	for i, v := range leave {
		stay.Set(i, i, (rate-v)/rate)
	}
	return stay, next, rate
}

// Response is the time at the station of one visit (s): the time in line and,
// independent of it, the service, whose steps are those of the servers.
//
//   - Domain: as [MAPPHc.Waiting].
func (s *MAPPHc) Response() (*Stages, error) {
	wait, err := s.Waiting()
	if err != nil {
		return nil, err
	}
	n := s.service.Phases()
	off := mat.DenseCopyOf(s.service.within)
	off.Scale(1/wait.rate, off)
	for i := range n {
		off.Set(i, i, (wait.rate-s.service.total(i))/wait.rate)
	}
	served := scaled(s.service.start, wait.past[0])
	least := 4*n*s.c + len(wait.stays)
	most := least + int(math.Min(1e6, maxWork/float64(n*n)))
	return gather("response time", 0, wait.rate, least, most, func(k int) (stays, ends float64) {
		if k > 0 {
			_, _, over := wait.after(k - 1)
			served = rowTimes(served, off)
			addRow(served, over, s.service.start)
		}
		_, waits, _ := wait.after(k)
		return waits + sum(served), dot(served, s.service.exit) / wait.rate
	})
}
