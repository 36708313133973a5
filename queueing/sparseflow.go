package queueing

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// flowEdge says that x[to] has weight·x[from] in it.
type flowEdge struct {
	to, from int
	weight   float64
}

// sparseFlow is the system x = b + M·x with a sparse matrix M without negative
// entries, such as the traffic equations of a network, in compressed rows.
type sparseFlow struct {
	first  []int // of row i in from and weight; one more than there are rows
	from   []int32
	weight []float64
	self   []float64 // the diagonal of M, which is not in the rows
}

func newSparseFlow(n int, edges []flowEdge) sparseFlow {
	s := sparseFlow{first: make([]int, n+1), self: make([]float64, n)}
	for _, e := range edges {
		if e.to != e.from {
			s.first[e.to+1]++
		}
	}
	for i := range n {
		s.first[i+1] += s.first[i]
	}
	s.from = make([]int32, s.first[n])
	s.weight = make([]float64, s.first[n])
	next := make([]int, n)
	copy(next, s.first)
	for _, e := range edges {
		if e.to == e.from {
			s.self[e.to] += e.weight
			continue
		}
		s.from[next[e.to]] = int32(e.from)
		s.weight[next[e.to]] = e.weight
		next[e.to]++
	}
	return s
}

const (
	flowSweeps = 400  // of Gauss–Seidel, before a direct solution takes over
	flowDense  = 3000 // unknowns beyond which that would take too long
)

// solve finds x for b without negative entries. Sweeps up and down the rows
// start from zero, so that x only ever grows and every digit counts; where
// flows go round so often that sweeps are slow, an LU decomposition takes over.
//
//   - Accuracy: relative change of the last sweep below 1e-15.
//   - Source: [Jack57] for the equations; Gauss–Seidel as in [PTVF07].
func (s sparseFlow) solve(b []float64) ([]float64, error) {
	x := make([]float64, len(b))
	for i, d := range s.self {
		if !(d < 1) && b[i] > 0 {
			return nil, errEndless
		}
	}
	limit := flowSweeps
	if len(b) > flowDense {
		limit *= 1000
	}
	for k := range limit {
		if !s.sweep(x, b, k%2 == 1) {
			return x, nil
		}
	}
	if len(b) > flowDense {
		return nil, errEndless
	}
	return s.dense(b)
}

// sweep goes over all rows once and reports whether anything moved.
func (s sparseFlow) sweep(x, b []float64, down bool) bool {
	moved := false
	i, step := 0, 1
	if down {
		i, step = len(x)-1, -1
	}
	for range x {
		sum := b[i]
		row := s.weight[s.first[i]:s.first[i+1]]
		from := s.from[s.first[i]:s.first[i+1]]
		for e, w := range row {
			sum += w * x[from[e]]
		}
		if s.self[i] > 0 && sum > 0 {
			sum /= 1 - s.self[i]
		}
		if !(sum-x[i] <= 1e-15*sum) || math.IsInf(sum, 1) || sum < 0 {
			moved = true
		}
		x[i] = sum
		i += step
	}
	return moved
}

func (s sparseFlow) dense(b []float64) ([]float64, error) {
	n := len(b)
	a := mat.NewDense(n, n, nil)
	for i := range n {
		a.Set(i, i, 1-s.self[i])
		for e := s.first[i]; e < s.first[i+1]; e++ {
			j := int(s.from[e])
			a.Set(i, j, a.At(i, j)-s.weight[e])
		}
	}
	x, err := solveVisits(a, mat.NewDense(n, 1, append([]float64(nil), b...)))
	if err != nil {
		return nil, err
	}
	return mat.Col(nil, 0, x), nil
}

// transforms finds x = t·(exit + M·x), where every |t| ≤ 1: what is left to go
// from each place, as a transform.
func (s sparseFlow) transforms(t []complex128, exit []float64) []complex128 {
	x := make([]complex128, len(t))
	for k := range 100 * flowSweeps {
		change := 0.0
		for n := range x {
			i := n
			if k%2 == 0 { // most networks are written from the start to the end
				i = len(x) - 1 - n
			}
			sum := complex(exit[i], 0)
			for e := s.first[i]; e < s.first[i+1]; e++ {
				sum += complex(s.weight[e], 0) * x[s.from[e]]
			}
			sum = t[i] * sum / (1 - t[i]*complex(s.self[i], 0))
			d := sum - x[i]
			change = math.Max(change, math.Abs(real(d))+math.Abs(imag(d)))
			x[i] = sum
		}
		if change < 1e-16 {
			break
		}
	}
	return x
}
