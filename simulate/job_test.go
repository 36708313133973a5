package simulate

import (
	"math"
	"testing"
)

// A diamond of stages with constant times: map (2 waves of 3 s, with 1 s of
// shuffle and 1 s of fetch each), then two stages side by side, of which the
// longer counts, then a last one. Exact.
func TestStages(t *testing.T) {
	r := simulated(t, 5000, "  c: {cores: 100, operations: {one: [{cpu: 1s}], five: [{cpu: 5s}]}}\n", `jobs:
  j:
    every: 100s
    stages:
      - {name: map, tasks: 6, slots: 3, does: c.one, shuffle: 1s, local: 0%, fetch: 1s}
      - {name: short, does: c.one}
      - {name: long, tasks: 2, does: c.five, after: map}
      - {name: last, does: c.one, after: [short, long]}
`)
	j := r.Jobs["j"]
	holdsTo(t, "makespan", j.Makespan.Mean.Value, 6+5+1, 1e-9)
	holdsTo(t, "map", j.Stages["map"].Time.Mean.Value, 6, 1e-9)
	holdsTo(t, "task of map", j.Stages["map"].Task.Mean.Value, 3, 1e-9)
	holdsTo(t, "short", j.Stages["short"].Time.Mean.Value, 1, 1e-9)
	holdsTo(t, "runs", j.Throughput.Value, 0.01, 0.02)
}

// Of 200 tasks of 10 s some are of 60 s, with probability q = 0.03. At 15 s, 1.5
// times the median, each of those gets a copy, which ends at 25 s, or not before
// the task itself, with q again: the makespan is 10, 25 or 60 s.
func TestSpeculation(t *testing.T) {
	r := simulated(t, 100*2000, "  c: {cores: 1000, operations: {map: [{choose: [{p: 97%, do: [{cpu: 10s}]}, {p: 3%, do: [{cpu: 60s}]}]}]}}\n",
		"jobs: {j: {every: 100s, stages: [{name: map, tasks: 200, does: c.map, speculate: 1.5}]}}\n")
	const q = 0.03
	none, copied := math.Pow(1-q, 200), math.Pow(1-q*q, 200)
	holdsTo(t, "makespan", r.Jobs["j"].Makespan.Mean.Value, none*10+(copied-none)*25+(1-copied)*60, 0.01)
	holdsTo(t, "copies", r.Jobs["j"].Stages["map"].Copies.Value, q, 0.02)
	// The work of 200 tasks, and of the copies up to when one of both ends.
	work := 200 * ((1-q)*10 + q*((1-q)*(25+10)+q*(60+45)))
	holdsTo(t, "cores busy", 1000*r.Services["c"].Utilization.Value, work/100, 0.01)
}

// A task fails with probability f after its time, and is run again in its slot:
// 10 tasks on one slot take 10/(1−f) times as long as one.
func TestTasksThatFail(t *testing.T) {
	r := simulated(t, 200*2000, "  c: {operations: {map: [{cpu: 1s}, {fail: 20%}]}}\n",
		"jobs: {j: {every: 200s, stages: [{name: map, tasks: 10, slots: 1, does: c.map}]}}\n")
	holdsTo(t, "makespan", r.Jobs["j"].Makespan.Mean.Value, 12.5, 0.01)
	holdsTo(t, "failed", r.Jobs["j"].Stages["map"].Failed.Value, 0.25, 0.02)
}

// A job that asks for more core time than there is between its starts has no
// steady state, and one that runs once has a makespan nevertheless.
func TestJobsThatPileUp(t *testing.T) {
	const service = "  c: {operations: {map: [{cpu: 1s}]}}\n"
	r := simulated(t, 2000, service, "jobs: {j: {every: 10s, stages: [{name: map, tasks: 20, does: c.map}]}}\n")
	if r.Stable {
		t.Error("20 s of work every 10 s is said to be stable")
	}
	r = simulated(t, 100, service, "jobs: {j: {stages: [{name: map, tasks: 20, does: c.map}]}}\n")
	if !r.Stable {
		t.Error("a job that runs once is said not to be stable")
	}
	holdsTo(t, "makespan", r.Jobs["j"].Makespan.Mean.Value, 20, 1e-9)
}
