package qbd

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/internal/domain"
)

// MAPPHc is a station of c equal servers and one line, first come, first
// served: arrivals come in phases as a [MAP] and services as a [PH]. Poisson
// arrivals make it M/PH/c, independent gaps PH/PH/c, exponential services
// MAP/M/c. It is immutable.
type MAPPHc struct {
	arrivals *MAP
	service  *PH
	c        int
	line     *Solution
	replace  serviceMoves
}

// NewMAPPHc solves the station as a [Process]: level n has n requests, and a
// state for each phase of the arrivals and each way to spread the busy servers
// over the phases of the service.
//
//   - Domain: 1 ≤ c; at most 1000 states a level, that is phases of the arrivals
//     times C(c + k − 1, c) for k phases of the service. A load of c or more
//     gives a [domain.UnstableError].
//   - Accuracy: relative 1e-12 or so, less as many digits as a load near c takes.
//   - Source: [Neut81].
func NewMAPPHc(arrivals *MAP, service *PH, c int) (*MAPPHc, error) {
	const name = "MAP/PH/c"
	if arrivals == nil || service == nil {
		return nil, &domain.InputError{Station: name, Parameter: "laws of arrivals and services given", Value: 0, Want: "both"}
	}
	if err := domain.Count(name, "number of servers", c, 1, 1_000_000); err != nil {
		return nil, err
	}
	order, entries := size(arrivals.Phases(), service.Phases(), c)
	if order > maxOrder || entries > 3e7 {
		return nil, &domain.InputError{Station: name, Parameter: "states with all servers busy", Value: order, Want: "at most 1000, and fewer with many servers; take fewer phases"}
	}
	if err := domain.Stable(name, arrivals.Rate()*service.Mean(), float64(c)); err != nil {
		return nil, err
	}
	s := &MAPPHc{arrivals: arrivals, service: service, c: c}
	p := s.process(name)
	if err := p.check(); err != nil {
		return nil, err
	}
	var err error
	s.line, err = p.solve()
	return s, err
}

// size is the states of a level with all servers busy, and roughly the entries
// of all blocks below it.
func size(arrivals, phases, c int) (order, entries float64) {
	order, entries = float64(arrivals), float64(arrivals)
	for n := 1; n <= c && entries < 1e12; n++ {
		order *= float64(n+phases-1) / float64(n)
		entries += 3 * order * order
	}
	return math.Round(order), entries
}

func (s *MAPPHc) process(name string) *Process {
	still := identity(s.arrivals.Phases())
	p := &Process{Name: name}
	up := func(begin mat.Matrix) *mat.Dense { return kron(s.arrivals.with, begin) }
	local := func(inner *mat.Dense) *mat.Dense {
		n, _ := inner.Dims()
		out := kron(s.arrivals.without, identity(n))
		out.Add(out, kron(still, inner))
		return out
	}
	below := spread(0, s.service.Phases())
	var begin *mat.Dense
	l := Level{Local: local(mat.NewDense(1, 1, nil))}
	for n := 1; n <= s.c; n++ {
		here := spread(n, s.service.Phases())
		m := s.service.moves(here, below)
		begin = s.service.begins(below, here)
		l.Up = up(begin)
		p.Start = append(p.Start, l)
		l = Level{Local: local(m.inner), Down: kron(still, m.finish)}
		below, s.replace = here, m
	}
	s.replace.finish = times(s.replace.finish, begin)
	l.Up = up(identity(len(below)))
	p.Start = append(p.Start, l)
	p.Above = Level{Up: l.Up, Local: l.Local, Down: kron(still, s.replace.finish)}
	return p
}

func kron(a, b mat.Matrix) *mat.Dense {
	var out mat.Dense
	out.Kronecker(a, b)
	return &out
}

// Levels is the long run of the number present: level n has n requests.
func (s *MAPPHc) Levels() *Solution { return s.line }

// Rate is the throughput (1/s).
func (s *MAPPHc) Rate() float64 { return s.arrivals.Rate() }

// Utilization is the share of the servers that is busy (1).
func (s *MAPPHc) Utilization() float64 {
	return s.arrivals.Rate() * s.service.Mean() / float64(s.c)
}

// Present is the mean number at the station (1).
func (s *MAPPHc) Present() float64 { return s.InLine() + s.arrivals.Rate()*s.service.Mean() }

// InLine is the mean number waiting (1).
func (s *MAPPHc) InLine() float64 { return s.line.Excess(s.c) }

// PIdle is the probability (1) that one or more servers are idle.
func (s *MAPPHc) PIdle() float64 {
	idle := 0.0
	for n := range s.c {
		idle += s.line.P(n)
	}
	return idle
}

// PWait is the probability (1) that an arrival finds all servers busy. Arrivals
// in bursts find them so more often than they are.
func (s *MAPPHc) PWait() float64 { return s.seen(s.crowded()) }

// MeanWaiting is the mean time in line (s), by Little's law.
//
//   - Source: [Litt61].
func (s *MAPPHc) MeanWaiting() float64 { return s.InLine() / s.arrivals.Rate() }

// MeanResponse is the mean time at the station (s).
func (s *MAPPHc) MeanResponse() float64 { return s.MeanWaiting() + s.service.Mean() }

// crowded is the law of the states of all levels with all servers busy.
func (s *MAPPHc) crowded() []float64 {
	out := s.line.Level(s.c)
	addRow(out, 1, s.line.above)
	return out
}

// seen is what arrivals see (1) of what is in the states of a level.
func (s *MAPPHc) seen(states []float64) float64 {
	each := len(states) / s.arrivals.Phases()
	out := 0.0
	for i, comes := range s.arrivals.comes {
		out += comes / s.arrivals.rate * sum(states[i*each:(i+1)*each])
	}
	return out
}
