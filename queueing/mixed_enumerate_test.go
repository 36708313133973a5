package queueing

import (
	"math"
	"testing"
)

// enumeration sums up the product form state by state: no recursion, no series.
type enumeration struct {
	m       MixedNetwork
	classes []int
	users   []int
	loads   []float64
	here    [][]int // number of each class at each station
	sum     float64
	present [][]float64 // by class and station, times probability
	open    []float64   // by station
}

func enumerate(m MixedNetwork, classes, users []int) *enumeration {
	k := len(m.Stations)
	e := &enumeration{m: m, classes: classes, users: users, loads: m.loads(), open: make([]float64, k), present: matrix(len(m.Classes), k)}
	for range m.Stations {
		e.here = append(e.here, make([]int, len(classes)))
	}
	e.place(0, 0, 0)
	return e
}

// place puts the users of class i from station k on, log being the logarithm of
// the weight of those who think.
func (e *enumeration) place(i, k int, log float64) {
	if i == len(e.classes) {
		e.state(log)
		return
	}
	left := e.users[i]
	for s := range k {
		left -= e.here[s][i]
	}
	c := e.m.Classes[e.classes[i]]
	if k == len(e.m.Stations) {
		if left > 0 && c.Think == 0 {
			return
		}
		lg, _ := math.Lgamma(float64(left + 1))
		if left > 0 {
			log += float64(left)*math.Log(c.Think) - lg
		}
		e.place(i+1, 0, log)
		return
	}
	for n := 0; n <= left && (n == 0 || c.Demands[k] > 0); n++ {
		e.here[k][i] = n
		e.place(i, k+1, log)
	}
	e.here[k][i] = 0
}

// state adds one state.
func (e *enumeration) state(log float64) {
	opens := make([]float64, len(e.here))
	for k, s := range e.m.Stations {
		total := 0
		for i, n := range e.here[k] {
			total += n
			if n > 0 {
				lg, _ := math.Lgamma(float64(n + 1))
				log += float64(n)*math.Log(e.m.Classes[e.classes[i]].Demands[k]) - lg
			}
		}
		if s.isDelay() {
			opens[k] = e.loads[k]
			continue
		}
		// Σ_m (total + m)!/m!·a^m/Π_(i ≤ total+m) α(i)
		term, sum, mean := 1.0, 0.0, 0.0
		for n := 1; n <= total; n++ {
			term *= float64(n) / s.shared(0).speed(n)
		}
		for m := 0; m < 9 || term*float64(m+1) > 1e-17*sum; m++ {
			sum += term
			mean += term * float64(m)
			term *= float64(total+m+1) / float64(m+1) * e.loads[k] / s.shared(0).speed(total+m+1)
		}
		log += math.Log(sum)
		opens[k] = mean / sum
	}
	w := math.Exp(log)
	e.sum += w
	for k, ns := range e.here {
		e.open[k] += w * opens[k]
		for i, n := range ns {
			e.present[e.classes[i]][k] += w * float64(n)
		}
	}
}

// Convolution of stations of any kind against the sum over all states.
func TestMixedConvolutionAgainstEnumeration(t *testing.T) {
	for seed := range uint64(1000) {
		m := randomMixed(seed, true, 3)
		got, err := MixedConvolution(m)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		classes, users := m.closedClasses()
		e := enumerate(m, classes, users)
		for i, j := range classes {
			users[i]--
			less := enumerate(m, classes, users)
			users[i]++
			near(t, "throughput", got.Throughput[j], less.sum/e.sum, 1e-8)
		}
		for k := range m.Stations {
			open := 0.0
			for j, c := range m.Classes {
				if c.Rate > 0 {
					open += got.Present[j][k]
				} else {
					near(t, "present", got.Present[j][k], e.present[j][k]/e.sum, 1e-8)
				}
			}
			near(t, "open present", open, e.open[k]/e.sum, 1e-8)
		}
		if t.Failed() {
			t.Fatalf("seed %d: %+v", seed, m)
		}
	}
}
