package watch

import (
	"math"

	"github.com/headroom/headroom/measure"
)

// resource says which figures tell of a resource by utilization, saturation and
// errors (the USE method of [Greg13]). Of several names for one figure, the
// first that a monitor has counts; those that begin with "process." are of
// processes looked at, the others of the metrics that clients of Prometheus
// publish by convention. Those of use, wait and errors are added up where a
// list has several.
type resource struct {
	name, unit string
	use        [][]string // alternatives, each a sum
	limit      [][]string // alternatives, each the least of its figures
	wait       []string   // alternatives
	errors     []string   // a sum
}

func resources() []resource {
	return []resource{
		{
			name: "cpu", unit: "cores",
			use:   [][]string{{"process.cpu"}, {"process_cpu_seconds_total"}},
			limit: [][]string{{"limit.cores", "cgroup.cores"}},
			wait:  []string{"process.cpu_wait", "cgroup.cpu_stall"},
		},
		{
			name: "memory", unit: "B",
			use:    [][]string{{"process.memory"}, {"process_resident_memory_bytes"}},
			limit:  [][]string{{"limit.memory", "cgroup.memory_limit"}},
			wait:   []string{"cgroup.memory_stall"},
			errors: []string{"cgroup.killed"},
		},
		{
			name: "descriptors", unit: "1",
			use:   [][]string{{"process.descriptors"}, {"process_open_fds"}},
			limit: [][]string{{"limit.descriptors"}, {"process_max_fds"}},
		},
		{name: "threads", unit: "1", use: [][]string{{"process.threads"}, {"go_threads"}}},
		{
			name: "disk", unit: "B/s",
			use:  [][]string{{"process.disk_read", "process.disk_written"}},
			wait: []string{"process.disk_wait", "cgroup.io_stall"},
		},
		{
			name: "network", unit: "B/s",
			use: [][]string{
				{"network.received", "network.sent"},
				{"process_network_receive_bytes_total", "process_network_transmit_bytes_total"},
			},
			errors: []string{"network.lost", "network.resent", "network.refused"},
		},
	}
}

// fillResources tells of the resources that a monitor knows something of and
// no monitor before it did.
func fillResources(target *measure.Target, t *tracks, scale Scale) {
	for _, want := range resources() {
		if target.Resources[want.name] != nil {
			continue
		}
		use := t.first(want.use)
		if use == nil {
			continue
		}
		r := &measure.Resource{Unit: want.unit}
		total := t.sum(use, 0, scale.Span)
		r.Use = known(total)
		r.Most = known(t.most(use, scale))
		if limit := t.least(t.first(want.limit), scale.Span); limit > 0 {
			r.Utilization = known(total / limit)
		}
		for _, name := range want.wait {
			if i := t.column(name); i >= 0 {
				r.Saturation = known(t.over(i, 0, scale.Span))
				break
			}
		}
		if errors := t.present(want.errors); errors != nil {
			r.Errors = known(t.sum(errors, 0, scale.Span))
		}
		if target.Resources == nil {
			target.Resources = map[string]*measure.Resource{}
		}
		target.Resources[want.name] = r
	}
}

// first is the first of several lists of names of which there is anything.
func (t *tracks) first(lists [][]string) []int {
	for _, names := range lists {
		if have := t.present(names); have != nil {
			return have
		}
	}
	return nil
}

// present are the columns of those names that there are.
func (t *tracks) present(names []string) []int {
	var out []int
	for _, name := range names {
		if i := t.column(name); i >= 0 {
			out = append(out, i)
		}
	}
	return out
}

func (t *tracks) sum(columns []int, from, to float64) float64 {
	sum := 0.0
	for _, i := range columns {
		sum += t.over(i, from, to)
	}
	return sum
}

// most is the largest of the intervals within the measured time.
func (t *tracks) most(columns []int, scale Scale) float64 {
	most := math.NaN()
	for i := range scale.Count {
		from := scale.Start + float64(i)*scale.Interval
		if from < 0 {
			continue
		}
		if x := t.sum(columns, from, from+scale.Interval); !(x <= most) && !math.IsNaN(x) {
			most = x
		}
	}
	return most
}

// least is the least of several limits.
func (t *tracks) least(columns []int, span float64) float64 {
	least := math.NaN()
	for _, i := range columns {
		if x := t.over(i, 0, span); !(x >= least) && !math.IsNaN(x) {
			least = x
		}
	}
	return least
}
