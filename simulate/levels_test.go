package simulate

import (
	"math/rand/v2"
	"testing"
)

// levels against a plain list that is searched every time.
func TestLevels(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 63, 64, 65, 200} {
		l := newLevels(n)
		values := make([]int, n)
		for range 5000 {
			i := r.IntN(n)
			to := values[i] + 1
			if values[i] > 0 && r.IntN(2) == 0 {
				to = values[i] - 1
			}
			l.move(int32(i), values[i], to)
			values[i] = to

			least := values[0]
			for _, v := range values {
				least = min(least, v)
			}
			var ties []int
			for j, v := range values {
				if v == least {
					ties = append(ties, j)
				}
			}
			if l.least != least || l.ties() != len(ties) {
				t.Fatalf("%d replicas: least %d of %d, want %d of %d", n, l.least, l.ties(), least, len(ties))
			}
			k := r.IntN(len(ties))
			if got := l.pick(k); int(got) != ties[k] {
				t.Fatalf("%d replicas: the %d-th is %d, want %d", n, k, got, ties[k])
			}
		}
	}
}
