package loop

import (
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports"
)

// Page is the outcome as a report shows it: what was driven first, for that is
// where prediction meets measurement, then the whole system where only a cell
// of it was driven.
func (o *Outcome) Page() reports.Page {
	page := reports.Page{Title: o.Whole.Model.Name, Model: o.Whole.Model, Reference: "simulated", Notes: o.Notes}
	add := func(name string, r *measure.Result) {
		page.Results = append(page.Results, reports.Named{Name: name, Result: r})
	}
	o.Cell.Each(add)
	if o.Celled() {
		o.Whole.Each(add)
	}
	return page
}
