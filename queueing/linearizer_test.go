package queueing

import (
	"math"
	"testing"
)

// A network with printed answers, exact and by the Linearizer of the paper: ours
// must come as close to the exact one as the printed one does.
func TestLinearizerPrinted(t *testing.T) {
	for _, c := range []struct {
		name           string
		m              MixedNetwork
		exact, printed []float64 // number of each class at the second station
	}{
		{"Chandy and Neuse", MixedNetwork{[]MixedStation{{}, {Servers: 1}}, []MixedClass{
			printedClass(8, 0, []float64{1, 1}, []float64{8, 1}),
			printedClass(1, 0, []float64{0, 1}, []float64{0, 1}),
		}}, []float64{2.77338}, []float64{2.769}},
	} {
		r, err := Linearizer(c.m)
		if err != nil {
			t.Fatal(err)
		}
		for j, exact := range c.exact {
			if got, most := r.Present[j][1]-exact, c.printed[j]-exact; !(math.Abs(got) <= math.Abs(most)) {
				t.Errorf("%s, class %d: off by %v, the printed one by %v", c.name, j+1, got, most)
			}
		}
	}
}
