package foreign

import "github.com/headroom/headroom/scenarios"

// room is how many requests a copy of a station holds, those in service
// included; −1 is any number. What else a limit on threads does is noted.
func (x *exporter) room(d *desk) int {
	if d.service < 0 {
		return -1
	}
	s := x.service(d.service)
	if s.Threads == 0 {
		return -1
	}
	switch {
	case x.asksOthers(s):
		x.lost(where(s), "threads that are held during calls and waits are not carried over", "any number is in progress")
		return -1
	case s.Backlog == scenarios.Unlimited:
		if s.Discipline == scenarios.PS {
			x.lost(where(s), "a limit on the requests that share the cores is not carried over", "all that are there share them")
		}
		return -1
	case s.Backlog > 0 && s.Discipline == scenarios.PS:
		x.lost(where(s), "a line before requests that share the cores is not carried over", "those in line share them too")
	}
	n := s.Threads + s.Backlog
	if d.copies == 1 {
		n *= s.Replicas
	}
	return n
}

// asksOthers reports whether requests of a service do more than use its cores.
func (x *exporter) asksOthers(s *scenarios.Service) bool {
	for _, op := range s.Operations {
		if beyondCores(x.m.Operations[op].Steps) {
			return true
		}
	}
	return false
}

func beyondCores(steps []scenarios.Step) bool {
	for _, s := range steps {
		switch s := s.(type) {
		case scenarios.CPU, scenarios.Publish:
		case scenarios.Choose:
			for _, b := range s.Branches {
				if beyondCores(b.Steps) {
					return true
				}
			}
		case scenarios.Cache:
			if beyondCores(s.Then) || beyondCores(s.Else) {
				return true
			}
		case scenarios.Repeat:
			if beyondCores(s.Steps) {
				return true
			}
		default:
			return true
		}
	}
	return false
}
