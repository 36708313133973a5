package scenarios

import "testing"

// The quick look agrees with the groups that are found by weighing every call.
func TestGoesOneWay(t *testing.T) {
	call := func(to ...OpID) []Step {
		var out []Step
		for _, id := range to {
			out = append(out, Call{Op: id})
		}
		return out
	}
	models := map[string]*Model{
		"tree":      {Operations: []Operation{{Steps: call(1, 2)}, {Steps: call(2)}, {}}},
		"itself":    {Operations: []Operation{{Steps: call(0)}}},
		"circle":    {Operations: []Operation{{Steps: call(1)}, {Steps: call(2)}, {Steps: call(0)}}},
		"in a loop": {Operations: []Operation{{Steps: []Step{Parallel{Branches: [][]Step{nil, call(1)}}}}, {Steps: call(0)}}},
		"by topic": {
			Topics:     []Topic{{Consumer: 0}},
			Operations: []Operation{{Steps: call(1)}, {Steps: []Step{Publish{}}}},
		},
		"by copies": {Operations: []Operation{{Steps: []Step{FanOut{Op: 1, Width: 2}}}, {Steps: call(0)}}},
	}
	for _, e := range Library() {
		m, err := Load(e.Name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		models[e.Name] = m
	}
	round := 0
	for name, m := range models {
		want := true
		a := m.asks()
		for _, group := range a.groups() {
			want = want && !a.goesRound(group)
		}
		if got := m.goesOneWay(); got != want {
			t.Errorf("%s: goes one way is %v, want %v", name, got, want)
		}
		if !want {
			round++
		}
	}
	if round < 5 {
		t.Errorf("%d models go round, want 5", round)
	}
}
