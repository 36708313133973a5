// Package gating makes the measurements that a gate compares: two builds
// started and stopped by turns, each under the same load, every run kept in a
// directory. What the runs mean is for reports/gate to say.
package gating

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/loadtest/emulate"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
)

// Side is one of the two that are compared.
type Side string

const (
	Base Side = "base"
	Head Side = "head"
)

// Build can be brought up, again and again.
type Build interface {
	Start(ctx context.Context, seed uint64) (*Started, error)
}

// Started is a build that is up.
type Started struct {
	Target string // URL
	PID    int    // of the process that leads it, 0 where there is none
	Stop   func() error

	system *emulate.System // in place of a Target
}

// Emulated is a build made of the scenario itself.
type Emulated struct{ Model *scenarios.Model }

// Start brings the emulated system up.
func (e Emulated) Start(ctx context.Context, seed uint64) (*Started, error) {
	s, err := emulate.Start(ctx, e.Model, emulate.Options{Seed: seed, Calm: true})
	if err != nil {
		return nil, err
	}
	return &Started{Target: "emulated", Stop: s.Close, system: s}, nil
}

// Options says how pairs are measured.
type Options struct {
	Base, Head Build
	First      int    // pair to begin with
	Pairs      int    // how many from there on
	Seed       uint64 // of the first pair; each has its own, the same on both sides
	Load       loadtest.Options
	Vars       string // URL of Go's expvar in the target, for allocations; {port} is not known here: a path is of the target
	Tool       string
	Store      *Store
	// Doubt, if any, says what is wrong with a pair; one with which something is, is
	// measured again, up to so many times. What decides is how it was measured, and
	// never what was.
	Doubt    func(Pair) []string
	Retries  int
	Retried  int // how often that was
	Progress func(done, all int, what string)
}

// Pair is what was measured of both builds under the same load.
type Pair struct{ Base, Head *measure.Result }

// Run measures pairs, or takes those that the store has, in the order base,
// head, head, base: what changes steadily on the machine meanwhile is the same
// for both. A pair that was interrupted is not kept.
func Run(ctx context.Context, m *scenarios.Model, o *Options) ([]Pair, error) {
	var out []Pair
	for i := o.First; i < o.First+o.Pairs; i++ {
		p, err := o.pair(ctx, m, i)
		if err != nil {
			return out, fmt.Errorf("pair %d: %w", i+1, err)
		}
		out = append(out, p)
	}
	return out, nil
}

func (o *Options) pair(ctx context.Context, m *scenarios.Model, i int) (Pair, error) {
	if p, err := o.Store.pair(i); err != nil || p != nil {
		if err != nil {
			return Pair{}, err
		}
		return *p, nil
	}
	for again := 0; ; again++ {
		p, err := o.fresh(ctx, m, i)
		if err != nil {
			return p, err
		}
		if again >= o.Retries || o.Doubt == nil || len(o.Doubt(p)) == 0 {
			return p, o.Store.keep(i, p)
		}
		o.Retried++
	}
}

// fresh measures a pair.
func (o *Options) fresh(ctx context.Context, m *scenarios.Model, i int) (Pair, error) {
	var p Pair
	for turn, side := range order(i) {
		if o.Progress != nil {
			o.Progress(2*i+turn, 2*(o.First+o.Pairs), fmt.Sprintf("pair %d, %s", i+1, side))
		}
		build := o.Base
		if side == Head {
			build = o.Head
		}
		r, err := o.measure(ctx, m, build, o.Seed+uint64(i))
		if err != nil {
			return p, fmt.Errorf("%s: %w", side, err)
		}
		if side == Base {
			p.Base = r
		} else {
			p.Head = r
		}
	}
	return p, nil
}

// order is ABBA over two pairs.
func order(i int) [2]Side {
	if i%2 == 0 {
		return [2]Side{Base, Head}
	}
	return [2]Side{Head, Base}
}

// measure brings a build up, puts the load on it, and stops it whatever happens.
func (o *Options) measure(ctx context.Context, m *scenarios.Model, b Build, seed uint64) (r *measure.Result, err error) {
	s, err := b.Start(ctx, seed)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	load := o.Load
	load.Seed = seed
	if s.system != nil {
		load.Target, load.Observer, load.Clock = "", s.system, s.system.Clock()
		load.URL = func(op scenarios.OpID) string { return s.system.URL(m.Operations[op].Name) }
	} else {
		load.Target = s.Target
		m = o.watched(m, s)
	}
	started := time.Now()
	r, err = loadtest.Run(ctx, m, load)
	if err != nil {
		return nil, err
	}
	r.Run.Started, r.Run.Tool = started.UTC(), o.Tool
	r.Objectives = gate.Judge(m, r)
	if r.Interrupted || ctx.Err() != nil {
		return nil, errors.Join(ErrInterrupted, context.Cause(ctx))
	}
	return r, nil
}

// ErrInterrupted says that a run was stopped before its end; the pairs before
// it are kept.
var ErrInterrupted = errors.New("interrupted; the pairs measured so far are kept, and the same command goes on after them")

// watched is m with a look at the process that was started, besides what the
// scenario itself wants watched.
func (o *Options) watched(m *scenarios.Model, s *Started) *scenarios.Model {
	if s.PID == 0 {
		return m
	}
	for _, seen := range m.Live.Observe {
		if seen.Service == "" && (seen.PID != 0 || seen.Port != 0) {
			return m // somebody looks at the processes already
		}
	}
	look := scenarios.Observation{PID: s.PID, Every: lookEvery}
	if o.Vars != "" {
		look.Vars = s.Target + o.Vars
	}
	copied := *m
	copied.Live.Observe = append([]scenarios.Observation{look}, m.Live.Observe...)
	return &copied
}

const lookEvery = 0.5 // (s)
