package queueing

import "slices"

// explain puts what an explanation says of services that were not written under
// the names of those that were.
func (w *rewrite) explain(e *Explanation) {
	var demands []Demand
	for _, d := range e.Demands {
		name, p := w.asWritten(d.Service)
		if p != nil && p.kind != coresOf {
			continue
		}
		at := slices.IndexFunc(demands, func(o Demand) bool { return o.Workload == d.Workload && o.Service == name })
		switch {
		case at < 0:
			d.Service = name
			demands = append(demands, d)
		case p != nil: // the cores of a service that was there already
			demands[at].CoreTime, demands[at].Share = d.CoreTime, d.Share
		}
	}
	e.Demands = demands
	for i := range e.Limits {
		l := &e.Limits[i]
		name, p := w.asWritten(l.Service)
		if p != nil && p.kind == holding {
			l.Resource = Resource(w.describe(p.hold))
		}
		if l.Service = name; p != nil && name == e.Result.Bottleneck && !slices.ContainsFunc(e.Limits, func(o Limit) bool { return o.First }) {
			l.First = true
		}
	}
	for i := range e.Sensitivities {
		e.Sensitivities[i].Service, _ = w.asWritten(e.Sensitivities[i].Service)
	}
	for i := range e.Methods {
		var names []string
		for _, s := range e.Methods[i].Services {
			if s, _ = w.asWritten(s); !slices.Contains(names, s) {
				names = append(names, s)
			}
		}
		e.Methods[i].Services = names
	}
}

// asWritten is the service that a service of the rewritten model belongs to, and
// what it stands for there; nil for one that was written.
func (w *rewrite) asWritten(name string) (string, *heldPart) {
	for i := range w.parts {
		if p := &w.parts[i]; w.m.Services[len(w.from.Services)+i].Name == name {
			if p.owner < 0 {
				return "", p
			}
			return w.from.Services[p.owner].Name, p
		}
	}
	return name, nil
}
