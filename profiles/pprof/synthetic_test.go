package pprof

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/google/pprof/profile"
	"gonum.org/v1/gonum/stat/distuv"
)

// stack is a made-up stack of a synthetic profile: frames from the root, and
// its true processor time (s).
type stack struct {
	frames []string
	label  string
	cpu    float64
}

const tick = 0.01 // s a sample

// synthetic is a file of a profile of these stacks, over so many seconds. With
// a generator the numbers of samples are Poisson; without, they are as expected.
func synthetic(t *testing.T, stacks []stack, seconds float64, r *rand.Rand) *Profile {
	t.Helper()
	raw := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}},
		PeriodType: &profile.ValueType{Type: "cpu", Unit: "nanoseconds"}, Period: tick * 1e9,
		DurationNanos: int64(seconds * 1e9), TimeNanos: 1796083200e9,
	}
	at := map[string]*profile.Location{}
	for _, s := range stacks {
		n := s.cpu / tick
		if r != nil {
			n = distuv.Poisson{Lambda: n, Src: r}.Rand()
		}
		sample := &profile.Sample{Value: []int64{int64(n + 0.5), int64(n+0.5) * 10_000_000}}
		if s.label != "" {
			sample.Label = map[string][]string{"op": {s.label}}
		}
		for _, f := range s.frames {
			if at[f] == nil {
				id := uint64(len(at) + 1)
				fn := &profile.Function{ID: id, Name: f, Filename: "/src/" + f + ".go"}
				at[f] = &profile.Location{ID: id, Line: []profile.Line{{Function: fn, Line: 7}}}
				raw.Function, raw.Location = append(raw.Function, fn), append(raw.Location, at[f])
			}
			sample.Location = append([]*profile.Location{at[f]}, sample.Location...)
		}
		raw.Sample = append(raw.Sample, sample)
	}
	var b bytes.Buffer
	if err := raw.Write(&b); err != nil {
		t.Fatal(err)
	}
	p, err := Read(&b, "synthetic", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
