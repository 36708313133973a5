package pprof

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"
)

// Profile is what one file says: stacks with figures, in base units (s, B, 1).
type Profile struct {
	Name    string
	Columns []Column
	Default string // the column that the file wants shown, or empty
	Length  float64
	Taken   time.Time // zero where the file does not say
	Period  Column    // what passes between two samples
	Every   float64   // how much of it, in its unit; 0 = not known
	Stacks  []Stack

	// Process is the processor time that the process used meanwhile, as its system
	// counted it (s). It stands in no file: who captured the profile may know.
	Process float64

	Nameless float64 // share of frames without a function name (1)
}

// Column is one figure of every sample.
type Column struct {
	Type string // cpu, samples, alloc_space, delay, …
	Unit string // "s", "B", "1", or as the file has it where it is none of time, size and number
}

// Stack is where a sample was taken: frames from the root to the leaf.
type Stack struct {
	Frames []Frame
	Labels map[string]string
	Values []float64 // one a column (s, B or 1)
}

// Frame is one call of a stack.
type Frame struct {
	Function string
	File     string
	Line     int64
}

// Place is where a frame stands, as "file.go:12".
func (f Frame) Place() string {
	if f.File == "" {
		return ""
	}
	if f.Line <= 0 {
		return path.Base(f.File)
	}
	return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line)
}

// base is how many base units one unit of a profile is.
func base(unit string) (factor float64, name string) {
	switch strings.ToLower(unit) {
	case "nanoseconds", "nanosecond", "ns":
		return 1e-9, "s"
	case "microseconds", "microsecond", "us", "µs":
		return 1e-6, "s"
	case "milliseconds", "millisecond", "ms":
		return 1e-3, "s"
	case "seconds", "second", "s":
		return 1, "s"
	case "bytes", "byte", "b":
		return 1, "B"
	case "kilobytes", "kb":
		return 1 << 10, "B"
	case "megabytes", "mb":
		return 1 << 20, "B"
	case "count", "":
		return 1, "1"
	}
	return 1, unit
}

// deepest bounds the frames of a stack that are kept: the ones next to the leaf,
// which the time was spent in, and those at the root, which say what for.
const deepest = 1024

// reduce makes a Profile of a parsed file.
func reduce(raw *profile.Profile) (*Profile, error) {
	if len(raw.SampleType) == 0 {
		return nil, errors.New("a profile without figures: it names no type of sample")
	}
	p := &Profile{Length: float64(raw.DurationNanos) * 1e-9, Default: raw.DefaultSampleType}
	if raw.TimeNanos > 0 {
		p.Taken = time.Unix(0, raw.TimeNanos).UTC()
	}
	if p.Length < 0 {
		return nil, fmt.Errorf("it was taken over %v; a length of time is not negative", time.Duration(raw.DurationNanos))
	}
	factors := make([]float64, len(raw.SampleType))
	for i, t := range raw.SampleType {
		factor, unit := base(t.Unit)
		factors[i] = factor
		p.Columns = append(p.Columns, Column{t.Type, unit})
	}
	if raw.PeriodType != nil {
		factor, unit := base(raw.PeriodType.Unit)
		p.Period, p.Every = Column{raw.PeriodType.Type, unit}, factor*float64(raw.Period)
	}
	frames := map[*profile.Location][]Frame{}
	nameless, all := 0, 0
	for _, l := range raw.Location {
		frames[l] = framesOf(l)
		all++
		if len(l.Line) == 0 {
			nameless++
		}
	}
	if all > 0 {
		p.Nameless = float64(nameless) / float64(all)
	}
	for _, s := range raw.Sample {
		stack := Stack{Values: make([]float64, len(s.Value))}
		for i, v := range s.Value {
			stack.Values[i] = factors[i] * float64(v)
		}
		for i := len(s.Location) - 1; i >= 0; i-- {
			stack.Frames = append(stack.Frames, frames[s.Location[i]]...)
		}
		if n := len(stack.Frames); n > deepest {
			stack.Frames = slices.Concat(stack.Frames[:deepest/2], stack.Frames[n-deepest/2:])
		}
		for key, values := range s.Label {
			if len(values) > 0 {
				if stack.Labels == nil {
					stack.Labels = map[string]string{}
				}
				stack.Labels[key] = values[0]
			}
		}
		p.Stacks = append(p.Stacks, stack)
	}
	return p, nil
}

// framesOf is a place in the code with what was inlined there, from the outside in.
func framesOf(l *profile.Location) []Frame {
	if len(l.Line) == 0 {
		of := "?"
		if l.Mapping != nil && l.Mapping.File != "" {
			of = path.Base(l.Mapping.File)
		}
		return []Frame{{Function: "[" + of + "]"}}
	}
	out := make([]Frame, 0, len(l.Line))
	for i := len(l.Line) - 1; i >= 0; i-- {
		f := Frame{Function: "?", Line: l.Line[i].Line}
		if fn := l.Line[i].Function; fn != nil {
			f.File = fn.Filename
			if fn.Name != "" {
				f.Function = fn.Name
			} else if fn.SystemName != "" {
				f.Function = fn.SystemName
			}
		}
		out = append(out, f)
	}
	return out
}
