package scenarios

import "slices"

// Cell returns the model of one of the equal cells that the system is made of
// (live.cells): the open loads, users, replicas, partitions and keys divided
// by their number, and with them the limits of objectives that grow with the
// system. Response times and utilizations of a cell are those of the whole
// where replicas are picked at random and arrivals are Poisson; a policy that
// looks at all replicas has fewer to choose from in a cell.
//
// Without cells it returns the model itself.
func (m *Model) Cell() *Model {
	n := m.Live.Cells
	if n <= 1 {
		return m
	}
	out := m.Scale(1 / float64(n))
	out.Part = m.Part / float64(n)
	out.Live.Cells = 1
	out.Services = slices.Clone(m.Services)
	for i := range out.Services {
		s := &out.Services[i]
		s.Replicas /= n
		s.HashKeys = upTo(s.HashKeys, n)
		s.Slow.Replicas = upTo(s.Slow.Replicas, n)
		s.Guard.Rate /= float64(n)
		s.Guard.Burst = max(min(s.Guard.Burst, 1), s.Guard.Burst/float64(n))
		s.Scaling = s.Scaling.cell(n)
		s.Locks = slices.Clone(s.Locks)
		for i := range s.Locks {
			s.Locks[i].Keys = upTo(s.Locks[i].Keys, n)
		}
	}
	out.Topics = slices.Clone(m.Topics)
	for i := range out.Topics {
		out.Topics[i].Partitions /= n
		out.Topics[i].Capacity = upTo(out.Topics[i].Capacity, n)
	}
	for i := range out.Workloads {
		out.Workloads[i].Users /= n
	}
	out.Faults = slices.Clone(m.Faults)
	for i := range out.Faults {
		out.Faults[i].Replicas = upTo(out.Faults[i].Replicas, n)
	}
	out.Jobs = slices.Clone(m.Jobs)
	for i := range out.Jobs {
		stages := slices.Clone(out.Jobs[i].Stages)
		for s := range stages {
			stages[s].Tasks, stages[s].Slots = upTo(stages[s].Tasks, n), upTo(stages[s].Slots, n)
		}
		out.Jobs[i].Stages = stages
	}
	out.Objectives = slices.Clone(m.Objectives)
	for i := range out.Objectives {
		if o := &out.Objectives[i]; o.Metric == "throughput" || o.Metric == "depth" {
			o.Limit /= float64(n)
		}
	}
	return out
}

// cell is the autoscaler of one of n cells.
func (a *Autoscale) cell(n int) *Autoscale {
	if a == nil {
		return nil
	}
	out := *a
	out.Min, out.Max = max(1, a.Min/n), upTo(a.Max, n)
	return &out
}

// upTo is the part of a number that falls to one of n cells, rounded up.
func upTo(number, n int) int { return (number + n - 1) / n }

// Scale returns the model with every open load multiplied by factor, which
// must be above 0. Closed workloads stay as they are.
func (m *Model) Scale(factor float64) *Model {
	out := *m
	out.Workloads = slices.Clone(m.Workloads)
	for i := range out.Workloads {
		w := &out.Workloads[i]
		if !w.Open() {
			continue
		}
		a := *w.Arrivals
		a.Rate *= factor
		a.Gap = a.Gap.Scaled(1 / factor)
		a.States = slices.Clone(a.States)
		for i := range a.States {
			a.States[i].Rate *= factor
		}
		a.Times = slices.Clone(a.Times)
		for i := range a.Times {
			a.Times[i] /= factor
		}
		w.Arrivals = &a
	}
	return &out
}
