// Command gen simulates the scenarios beside it and writes what the tests of
// queueing compare themselves with. It is run by hand, from this directory:
//
//	go run ./gen > simulated.json
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/simulate"
)

type figures struct {
	Mean   float64 `json:"mean"`
	Stddev float64 `json:"stddev"`
	P50    float64 `json:"p50"`
	P90    float64 `json:"p90"`
	P99    float64 `json:"p99"`
}

type station struct {
	Present float64 `json:"present"`
	PIdle   float64 `json:"p_idle"`
	PWait   float64 `json:"p_wait"`
}

type row struct {
	Times    map[string]figures `json:"times"` // of workloads and, as "topic NAME", of topics
	Services map[string]station `json:"services"`
}

func main() {
	files, err := filepath.Glob("*.yaml")
	if err != nil {
		panic(err)
	}
	out := map[string]row{}
	for _, f := range files {
		m, err := scenarios.Load(f, scenarios.Options{})
		if err != nil {
			panic(err)
		}
		r, err := simulate.Run(context.Background(), m, simulate.Options{Seed: 7, Precision: 0.005, MaxTime: 25 * time.Second})
		if err != nil {
			panic(err)
		}
		one := row{map[string]figures{}, map[string]station{}}
		for name, w := range r.Workloads {
			t := w.Response
			one.Times[name] = figures{t.Mean.Value, t.Stddev.Value, t.P50.Value, t.P90.Value, t.P99.Value}
		}
		for name, topic := range r.Topics {
			t := topic.Delay
			one.Times["topic "+name] = figures{t.Mean.Value, t.Stddev.Value, t.P50.Value, t.P90.Value, t.P99.Value}
		}
		for name, s := range r.Services {
			one.Services[name] = station{s.Present.Value, s.PIdle.Value, s.PWait.Value}
		}
		out[m.Name] = one
		fmt.Fprintln(os.Stderr, m.Name)
	}
	b, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		panic(err)
	}
	fmt.Println(string(b))
}
