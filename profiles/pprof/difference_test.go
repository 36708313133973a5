package pprof

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// busy is a program of 40 functions, of which the one named costs so many times
// more than it did.
func busy(dearer string, times float64) []stack {
	var out []stack
	for i := range 40 {
		name := fmt.Sprintf("main.f%02d", i)
		s := stack{frames: []string{"main.serve", name}, cpu: 0.5 + 0.1*float64(i)}
		if name == dearer {
			s.cpu *= times
		}
		out = append(out, s)
	}
	return out
}

func captures(t *testing.T, n int, of []stack, r *rand.Rand) []Capture {
	t.Helper()
	var out []Capture
	for range n {
		out = append(out, Capture{Profile: synthetic(t, of, 100, r), Requests: 1000})
	}
	return out
}

// TestSeededSlowdown wants a function that got 10 % dearer to be named first.
// f39 has 440 samples a capture: over 60 captures a side its rise of 44 is 11
// of its standard deviations.
func TestSeededSlowdown(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, paired := range []bool{false, true} {
		d, err := Compare(captures(t, 60, busy("", 1), r), captures(t, 60, busy("main.f39", 1.1), r), "", paired)
		if err != nil {
			t.Fatal(err)
		}
		first := d.Self[0]
		if first.Name != "main.f39" || !first.Sure {
			t.Errorf("named first: %+v", first)
		}
		if rise := 0.44 / 1000; first.By.Lo > rise || rise > first.By.Hi {
			t.Errorf("a rise of %v; it was %v", first.By, rise)
		}
		if d.Self[1].Sure {
			t.Errorf("named besides: %+v", d.Self[1])
		}
	}
}

// TestNoFalseAlarm wants nothing named where nothing changed: in 5 % of
// comparisons something is, at most. Of 60, more than 8 come with a probability
// below 1 %. Captures are few, as people have them.
func TestNoFalseAlarm(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{1, 3} {
		alarms := 0
		for range 60 {
			d, err := Compare(captures(t, n, busy("", 1), r), captures(t, n, busy("", 1), r), "", false)
			if err != nil {
				t.Fatal(err)
			}
			for i := range d.Self {
				if d.Self[i].Sure {
					alarms++
					break
				}
			}
		}
		if alarms > 8 {
			t.Errorf("with %d captures a side something is named in %d of 60 comparisons of equals", n, alarms)
		}
	}
}

// TestWelch compares with a worked example: 3, 4, 5 against 6, 8, 10, 12 have
// means 4 and 9, variances of means 1/3 and 5/3, and 4.06 degrees of freedom.
func TestWelch(t *testing.T) {
	b := &series{values: []float64{3, 4, 5}, noise: make([]float64, 3)}
	h := &series{values: []float64{6, 8, 10, 12}, noise: make([]float64, 4)}
	v, f := welch(b, h)
	if math.Abs(v-2) > 1e-12 || math.Abs(f-4/(1.0/9/2+25.0/9/3)) > 1e-12 {
		t.Errorf("variance %v with %v degrees of freedom", v, f)
	}
	if c := change("x", b, h, false); math.Abs(c.P-0.0236) > 2e-3 {
		t.Errorf("P %v", c.P)
	}
}

// TestHolm corrects three probabilities as by hand.
func TestHolm(t *testing.T) {
	c := []Change{{P: 0.04}, {P: 0.01}, {P: 0.03}, {P: math.NaN()}}
	corrected(c)
	for i, want := range []float64{0.06, 0.03, 0.06} {
		if math.Abs(c[i].P-want) > 1e-12 || c[i].Sure != (want < 0.05) {
			t.Errorf("%d: %+v, want %v", i, c[i], want)
		}
	}
}

// TestCallTree adds up to what the profiles do, on both sides.
func TestCallTree(t *testing.T) {
	base := []Capture{{Profile: synthetic(t, busy("", 1), 100, nil), Requests: 1000}}
	head := []Capture{{Profile: synthetic(t, busy("main.f10", 2), 100, nil), Requests: 500}}
	tree, err := CallTree(head, base, "")
	if err != nil {
		t.Fatal(err)
	}
	here, there := tree.Total()
	near(t, "base", there, (40*0.5+0.1*780)/1000)
	near(t, "head", here, (40*0.5+0.1*780+1.5)/500)
	if len(tree.Calls) != 1 || len(tree.Calls[0].Calls) != 40 {
		t.Errorf("%d branches", len(tree.Calls))
	}
}
