package pprof

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Kind is what a profile is about.
type Kind string

const (
	CPU        Kind = "cpu"       // processor time
	Heap       Kind = "heap"      // what was allocated, what is held
	Mutex      Kind = "mutex"     // waiting that the holders of locks caused, told by where they let go
	Block      Kind = "block"     // waiting for locks, channels and other goroutines, told by who waited
	Goroutines Kind = "goroutine" // goroutines that there are
	Other      Kind = "other"     // anything else, such as wall-clock time
)

// Kind tells what the profile is about from its columns. Those of contention
// are the same for mutex and block: who lets go of a lock tells them apart.
func (p *Profile) Kind() Kind {
	switch {
	case p.column("cpu") >= 0, p.Period.Type == "cpu" && p.Period.Unit == "s":
		return CPU
	case p.column("delay") >= 0:
		return p.contention()
	case p.column("inuse_space") >= 0, p.column("alloc_space") >= 0:
		return Heap
	case p.column("goroutine") >= 0, p.Period.Type == "goroutine":
		return Goroutines
	}
	return Other
}

func (p *Profile) contention() Kind {
	let, delay := 0.0, p.column("delay")
	for _, s := range p.Stacks {
		if n := len(s.Frames); n > 0 {
			if leaf := s.Frames[n-1].Function; strings.Contains(leaf, "nlock") { // Unlock, RUnlock, unlock of the runtime's own
				let += s.Values[delay]
			} else {
				let -= s.Values[delay]
			}
		}
	}
	if let > 0 {
		return Mutex
	}
	return Block
}

func (p *Profile) column(name string) int {
	for i, c := range p.Columns {
		if c.Type == name {
			return i
		}
	}
	return -1
}

// Figures are one column of a profile, weighed and counted.
type Figures struct {
	Type, Unit string
	Each       []float64 // one a stack (s, B or 1)
	Events     []float64 // samples behind each (1); nil where the file does not tell
}

// Figures picks a column by its type, or the one that matters where the name is
// empty: of a CPU profile its time, of contention its delay, of the heap what
// was allocated. Time of a processor that is only counted in samples is worked
// out from their period.
func (p *Profile) Figures(name string) (*Figures, error) {
	if name == "" {
		name = p.usual()
	}
	i := p.column(name)
	if i < 0 && name == "cpu" {
		return p.cpuFromCounts()
	}
	if i < 0 {
		return nil, fmt.Errorf("%s: there is no %q in it; it has %s", p.Name, name, p.types())
	}
	f := &Figures{Type: name, Unit: p.Columns[i].Unit, Each: p.pick(i)}
	if slices.ContainsFunc(f.Each, func(v float64) bool { return v < 0 }) {
		return nil, fmt.Errorf("%s: %s is negative in places: it is the difference of two profiles. Give the two, to headroom profile diff", p.Name, name)
	}
	if name == "cpu" {
		f.Events = p.events(i)
	}
	return f, nil
}

func (p *Profile) usual() string {
	switch p.Kind() {
	case CPU:
		return "cpu"
	case Mutex, Block:
		return "delay"
	case Heap:
		if p.column("alloc_space") >= 0 {
			return "alloc_space"
		}
		return "inuse_space"
	}
	if p.Default != "" && p.column(p.Default) >= 0 {
		return p.Default
	}
	return p.Columns[len(p.Columns)-1].Type // as pprof itself has it
}

func (p *Profile) pick(column int) []float64 {
	out := make([]float64, len(p.Stacks))
	for i := range p.Stacks {
		out[i] = p.Stacks[i].Values[column]
	}
	return out
}

// events counts the samples behind a time: as the file counts them, else by
// their period.
func (p *Profile) events(of int) []float64 {
	for _, name := range []string{"samples", "sample"} {
		if i := p.column(name); i >= 0 && p.Columns[i].Unit == "1" {
			return p.pick(i)
		}
	}
	if p.Every > 0 && p.Period.Unit == "s" && p.Columns[of].Unit == "s" {
		out := p.pick(of)
		for i := range out {
			out[i] /= p.Every
		}
		return out
	}
	return nil
}

func (p *Profile) cpuFromCounts() (*Figures, error) {
	for _, name := range []string{"samples", "sample", "cpu-clock", "task-clock"} {
		i := p.column(name)
		if i < 0 || p.Period.Unit != "s" || !(p.Every > 0) || p.Columns[i].Unit != "1" {
			continue
		}
		f := &Figures{Type: "cpu", Unit: "s", Each: p.pick(i), Events: p.pick(i)}
		for k := range f.Each {
			f.Each[k] *= p.Every
		}
		return f, nil
	}
	return nil, fmt.Errorf("%s: it has %s and no time of a processor, nor a period that makes one of samples; "+
		"take it by a clock (perf record -e cpu-clock, asprof -e cpu), or choose a column by --value", p.Name, p.types())
}

func (p *Profile) types() string {
	var out []string
	for _, c := range p.Columns {
		out = append(out, c.Type+" ("+c.Unit+")")
	}
	return strings.Join(out, ", ")
}

func (f *Figures) total() (weight, events float64) {
	for i := range f.Each {
		weight += f.Each[i]
		if f.Events != nil {
			events += f.Events[i]
		}
	}
	if f.Events == nil {
		events = math.NaN()
	}
	return weight, events
}
