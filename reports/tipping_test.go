package reports

import (
	"strings"
	"testing"

	"github.com/headroom/headroom/measure"
)

func TestTipping(t *testing.T) {
	of := func(tp measure.Tipping) (string, Chapter) {
		tp.Patience, tp.Runs, tp.Highest = 60, 5, 20
		c := Tipping(&measure.Result{Tipping: &tp})
		return strings.Join(c[0].Sentences, " "), c[0]
	}
	spike := func(holds, breaks float64) []measure.TippingSpike {
		return []measure.TippingSpike{{Length: 5, Holds: holds, Breaks: breaks}}
	}
	for want, tp := range map[string]measure.Tipping{
		"must fall below x0.63 for it to come back, while it carries up to x2.2": {Spikes: spike(2.4, 2.5), BreaksAt: 2.2, ReturnsAt: 0.63},
		"must fall below x0.63 for it to come back.":                             {Spikes: spike(2.4, 2.5), ReturnsAt: 0.63},
		"comes back from every spike":                                            {Spikes: spike(20, 0)},
		"at no load":                                                             {Spikes: spike(2.4, 2.5)},
		"at its own load, if more slowly":                                        {Spikes: spike(2.4, 2.5), ReturnsAt: 1},
		"without a spike":                                                        {Spikes: spike(0, 1)},
	} {
		if got, _ := of(tp); !strings.Contains(got, want) {
			t.Errorf("%+v: %q, want %q", tp, got, want)
		}
	}
	_, c := of(measure.Tipping{Spikes: spike(2.4, 2.5), BreaksAt: 2.2})
	if got := strings.Join(c.Rows[0], "|"); got != "5.00 s|x2.4|x2.5" {
		t.Errorf("row %q", got)
	}
	if got := strings.Join(c.Rows[1], "|"); got != "as long as it lasts|–|x2.2" {
		t.Errorf("row %q", got)
	}
	if Tipping(nil) != nil || Tipping(&measure.Result{}) != nil {
		t.Error("a chapter of nothing")
	}
}
