package qbd

import (
	"slices"

	"gonum.org/v1/gonum/mat"
)

// spread lists the ways to spread n busy servers over the phases, in
// lexicographic order: how many are in each.
func spread(n, phases int) [][]int {
	if phases == 1 {
		return [][]int{{n}}
	}
	var out [][]int
	for first := range n + 1 {
		for _, rest := range spread(n-first, phases-1) {
			out = append(out, append([]int{first}, rest...))
		}
	}
	return out
}

// serviceMoves are the rates (1/s) of moves among the ways to spread busy
// servers: from phase to phase, and where one finishes.
type serviceMoves struct{ inner, finish *mat.Dense }

// moves are those out of the ways in here; below lists those of one server less.
func (p *PH) moves(here, below [][]int) serviceMoves {
	m := serviceMoves{mat.NewDense(len(here), len(here), nil), mat.NewDense(len(here), len(below), nil)}
	for a, counts := range here {
		to := slices.Clone(counts)
		for i, busy := range counts {
			if busy == 0 {
				continue
			}
			to[i]--
			if p.exit[i] > 0 {
				m.finish.Set(a, find(below, to), float64(busy)*p.exit[i])
			}
			for j, rate := range p.within.RawRowView(i) {
				if rate > 0 {
					to[j]++
					m.inner.Set(a, find(here, to), float64(busy)*rate)
					to[j]--
				}
			}
			to[i]++
		}
	}
	return m
}

// begins is where one more service leads from the ways in here.
func (p *PH) begins(here, above [][]int) *mat.Dense {
	out := mat.NewDense(len(here), len(above), nil)
	for a, counts := range here {
		to := slices.Clone(counts)
		for j, share := range p.start {
			if share > 0 {
				to[j]++
				out.Set(a, find(above, to), share)
				to[j]--
			}
		}
	}
	return out
}

func find(ways [][]int, counts []int) int {
	i, _ := slices.BinarySearchFunc(ways, counts, slices.Compare)
	return i
}
