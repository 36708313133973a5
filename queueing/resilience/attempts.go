package resilience

import (
	"math"

	"github.com/headroom/headroom/queueing/internal/domain"
)

// mostAttempts bounds the attempts of one call, and the layers of a chain.
const mostAttempts = 1000

// Tries is what up to so many attempts come to.
type Tries struct {
	Mean float64 // attempts that are made (1)
	Fail float64 // probability that all of them fail (1)
}

// Attempts is what comes of up to so many attempts that fail independently with
// probability q:
//
//		mean = (1 − q^a)/(1 − q)    fail = q^a
//
//	  - Domain: 0 ≤ q ≤ 1, a ≥ 1.
//	  - Accuracy: exact.
//	  - Source: the geometric distribution, cut off.
func Attempts(q float64, attempts int) (Tries, error) {
	if err := checkTries(q, attempts); err != nil {
		return Tries{}, err
	}
	return tries(q, attempts), nil
}

// Layered is what comes of one request at the lowest of a chain of layers above
// it, each of which makes up to so many attempts at the one below. Retries in
// every layer multiply.
//
//   - Domain: 0 ≤ q ≤ 1, attempts ≥ 1, layers ≥ 1.
//   - Accuracy: exact, where attempts fail independently.
//   - Source: [BJPM16].
func Layered(q float64, attempts, layers int) (Tries, error) {
	if err := domain.First(checkTries(q, attempts), domain.Count("retries in layers", "layers", layers, 1, mostAttempts)); err != nil {
		return Tries{}, err
	}
	all := Tries{Mean: 1, Fail: q}
	for range layers {
		t := tries(all.Fail, attempts)
		all = Tries{all.Mean * t.Mean, t.Fail}
	}
	if math.IsInf(all.Mean, 1) {
		return Tries{}, &domain.InputError{Station: "retries in layers", Parameter: "attempts at the lowest", Value: all.Mean, Want: "fewer layers or attempts in each, since they multiply"}
	}
	return all, nil
}

func tries(q float64, attempts int) Tries {
	sum, power := 0.0, 1.0
	for range attempts {
		sum += power
		power *= q
	}
	return Tries{sum, power}
}

func checkTries(q float64, attempts int) error {
	var share error
	if !(q >= 0 && q <= 1) {
		share = &domain.InputError{Station: "retries", Parameter: "probability of failure", Value: q, Want: "from 0 to 1"}
	}
	return domain.First(share, domain.Count("retries", "attempts", attempts, 1, mostAttempts))
}
