package simulate

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A series that falls to its level in a known time is cut after most of the
// fall and before long; one that has been level all along is hardly cut; one
// that rises to its end is cut in the second half, which says it is too short.
func TestMSER(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	level := make([]float64, slots)
	settling := make([]float64, slots)
	rising := make([]float64, slots)
	for i := range slots {
		noise := r.NormFloat64()
		level[i] = 50 + noise
		settling[i] = 50 + noise - 40*math.Exp(-float64(i)/30)
		rising[i] = 50 + noise + 0.2*float64(i)
	}
	if cut := mser(level); cut > slots/4 {
		t.Errorf("a level series is cut at %d", cut)
	}
	if cut := mser(settling); cut < 60 || cut > 250 {
		t.Errorf("a series that settles with a time constant of 30 is cut at %d", cut)
	}
	if cut := mser(rising); cut <= slots/2 {
		t.Errorf("a rising series is cut at %d", cut)
	}
}

// By hand: nine batches of zeros after one of tens. Without the first nothing
// varies, so the cut is after its five observations.
func TestMSERByHand(t *testing.T) {
	series := make([]float64, 50)
	for i := range 5 {
		series[i] = 10
	}
	if cut := mser(series); cut != 5 {
		t.Errorf("cut at %d, want 5", cut)
	}
}
