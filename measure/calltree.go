package measure

// CallTree is where something was spent – processor time, bytes, waiting – by
// the calls that led there. The root stands for all of it.
type CallTree struct {
	Name  string      `json:"name"`            // of a function
	Group string      `json:"group,omitempty"` // the package it is of
	Self  float64     `json:"self,omitempty"`  // spent in it, without what it called (s, B or 1)
	Base  float64     `json:"base,omitempty"`  // the same of what it is compared with (s, B or 1)
	Calls []*CallTree `json:"calls,omitempty"`
}

// Total is what was spent in a function and in what it called, here and in
// what it is compared with.
func (t *CallTree) Total() (here, base float64) {
	here, base = t.Self, t.Base
	for _, c := range t.Calls {
		h, b := c.Total()
		here += h
		base += b
	}
	return here, base
}
