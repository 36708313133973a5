package queueing

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// refCase is one model with a known answer, as testdata/models writes it (the
// README there says what the fields mean).
type refCase struct {
	Name, Family, Kind, Source string
	Tolerance                  map[string]float64
	Model                      refModel
	Expected                   map[string]json.RawMessage
}

type refModel struct {
	Type     string
	Classes  []refClass
	Stations []refStation
	// Visits are per completion, by class and station; Routing is by class and
	// station, each target a pair of name and probability ("all" at a fork).
	Visits    map[string]map[string]float64
	Routing   map[string]map[string][][2]any
	Switching []json.RawMessage `json:"routing_class_switching"`

	// a station on its own
	Sources  int
	Servers  int
	IdleRate float64 `json:"idle_rate_per_source"`
	Service  lawRow
}

type refClass struct {
	Name, Type string
	Arrival    lawRow
	Population int
	Reference  string
	Priority   int
}

type refStation struct {
	Name, Kind, Discipline, Overflow, Policy, Ties, Fork string
	Servers, Capacity, Quorum                            int
	Service                                              map[string]lawRow
	Load                                                 []float64 `json:"load_dependence"`
	Weights                                              map[string]float64
	Patience                                             map[string]lawRow
	Breakdowns, Batch                                    json.RawMessage
	InitialJobs                                          json.RawMessage `json:"initial_jobs"`
}

// number reads a figure at a path of names below Expected; false where the case
// does not have it.
func (c refCase) number(path ...string) (float64, bool) {
	raw, ok := c.Expected[path[0]]
	for _, name := range path[1:] {
		var next map[string]json.RawMessage
		if !ok || json.Unmarshal(raw, &next) != nil {
			return 0, false
		}
		raw, ok = next[name]
	}
	var v float64
	return v, ok && json.Unmarshal(raw, &v) == nil
}

// want compares a figure with the one that a case has at a path, at the case's
// own tolerance of the given kind ("rel", "rel_simulation", …); a path that the
// case does not have fails too.
func (c refCase) want(t *testing.T, got float64, kind string, path ...string) {
	t.Helper()
	want, ok := c.number(path...)
	if !ok {
		t.Errorf("%s has no figure at %v", c.Name, path)
		return
	}
	tol, rel := c.Tolerance[kind]
	if abs, ok := c.Tolerance["abs"]; ok && !rel {
		if !(math.Abs(got-want) <= abs) {
			t.Errorf("%v: got %.12g, want %.12g within %g", path, got, want, abs)
		}
		return
	}
	if !rel {
		t.Fatalf("%s has no tolerance %q", c.Name, kind)
	}
	if !(math.Abs(got-want) <= tol*math.Abs(want)+1e-9) {
		t.Errorf("%v: got %.12g, want %.12g (off by %.2g, tolerance %g)", path, got, want, math.Abs(got/want-1), tol)
	}
}

func refCases(t testing.TB) []refCase {
	t.Helper()
	files, err := filepath.Glob("testdata/models/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no models: %v", err)
	}
	var all []refCase
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var cases []refCase
		if err := json.Unmarshal(raw, &cases); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		all = append(all, cases...)
	}
	return all
}

// answers is how each case is solved, by its name; a file a family adds to it.
type answers map[string]func(t *testing.T, c refCase)

// leftOut are the cases that no solver answers, and why.
var leftOut = map[string]string{
	"lqn-2tier":                      inLayers,
	"lqn-second-phase":               inLayers,
	"lqn-open":                       inLayers,
	"lqn-activity-fork-join":         inLayers,
	"lqn-activity-or-loop":           inLayers,
	"lqns-regression-11-interlock":   inLayers,
	"lqns-regression-13-interlock":   inLayers,
	"lqns-regression-21-multiserver": inLayers,
	"lqns-regression-48-activities":  inLayers,
	"lqns-regression-85-fork":        inLayers,
	"lqns-regression-90-B07":         inLayers,
	"lqns-regression-31-overtaking":  inLayers,
}

const inLayers = "solved by queueing/layered, tested there"

// Every case has an answer or a reason why it has none.
func TestReferenceModels(t *testing.T) {
	known := answers{}
	for _, part := range []answers{stationAnswers, openAnswers, matrixAnswers, closedAnswers, generalAnswers} {
		for name, f := range part {
			known[name] = f
		}
	}
	for _, c := range refCases(t) {
		f, why := known[c.Name], leftOut[c.Name]
		if (f == nil) == (why == "") {
			t.Errorf("%s (%s): neither answered nor left out, or both", c.Name, c.Family)
		}
		if f != nil {
			t.Run(c.Name, func(t *testing.T) { f(t, c) })
		}
		delete(known, c.Name)
	}
	for name := range known {
		t.Errorf("%s is answered, but no case has that name", name)
	}
}
