package main

import (
	"strings"
	"testing"
)

// Of 20 random scenarios that are known exactly, four of each kind, simulations to
// ±10 % hold the mean response time, the utilization and the throughput of at
// least 16: intervals of 95 % hold fewer for one set of seeds in 380, one of the
// three for one in 130. The seeds stay.
func TestAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("twenty simulations")
	}
	var table strings.Builder
	if err := agree(&table, 20, 0, "", 0.1, false); err != nil {
		t.Error(err)
	}
	t.Log("\n" + table.String())
}

// Ranges by hand from the binomial law: of 20, 15 and fewer for one case in 380;
// of 200, 180 and fewer for one in 375, and 198 and more for one in 430.
func TestWithin(t *testing.T) {
	for n, want := range map[int][2]int{20: {16, 20}, 200: {181, 197}} {
		if least, most := within(n); least != want[0] || most != want[1] {
			t.Errorf("of %d, from %d to %d; want %v", n, least, most, want)
		}
	}
	for held, fine := range map[int]bool{180: false, 181: true, 197: true, 198: false} {
		a := agreement{first: [3]holding{{190, 200}, {held, 200}, {190, 200}}}
		if err := a.verdict(); (err == nil) != fine {
			t.Errorf("%d of 200: %v", held, err)
		}
	}
}
