package queueing

import (
	"math/cmplx"
	"testing"
)

// The product of many stages is what multiplying them gives.
func TestStagesLST(t *testing.T) {
	for _, x := range []float64{0.3, 5, 40, 1e5} {
		for _, n := range []int{0, 1, 20, 100, 5000, 200_000} {
			for _, z := range []complex128{0, 0.01, 3i, complex(11, 90), 1e-9} {
				want := complex128(1)
				for i := range n {
					u := complex(x+float64(i), 0)
					want *= u / (u + z)
				}
				if got := stagesLST(x, n, z); cmplx.Abs(got-want) > (1e-13+2e-16*float64(n))*cmplx.Abs(want)+1e-300 { // each step of want is rounded
					t.Errorf("x = %v, n = %d, z = %v: %v, want %v", x, n, z, got, want)
				}
			}
		}
	}
}

// Where the line is long the transform agrees with the distribution: a fluid
// that loses patience, at 10 000 in line.
func TestErlangALongLine(t *testing.T) {
	q, err := NewErlangA(2100, 1, 10, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if q.present.first <= q.c {
		t.Fatalf("the window begins at %d: not a long line", q.present.first)
	}
	checkTime(t, "served", q.Waiting(), 1e-6)
	checkTime(t, "all", q.WaitingOfAll(), 1e-6)
	s, sum, served := complex(0.3, 2), complex128(0), 1-q.PAbandon()
	for j := q.present.first + len(q.present.p) - 1 - q.c; j >= 0; j-- { // stage by stage
		r := complex(q.stage(j), 0)
		sum = (sum + complex(q.present.at(q.c+j)*q.share(j), 0)) * r / (r + s)
	}
	if got, want := q.Waiting().LST(s), sum/complex(served, 0); cmplx.Abs(got-want) > 1e-9*cmplx.Abs(want) {
		t.Errorf("transform: %v, want %v", got, want)
	}
}

func BenchmarkErlangATransform(b *testing.B) {
	q, err := NewErlangA(1e6, 1, 1000, 100)
	if err != nil {
		b.Fatal(err)
	}
	w := q.Waiting()
	for b.Loop() {
		w.LST(complex(0.01, 0.1))
	}
}
