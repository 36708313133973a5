package queueing

// maxPopulations bounds the exact methods for several classes, whose cost and
// memory grow with the product of the populations.
const maxPopulations = 1 << 23

// populations are all vectors n with 0 ≤ n ≤ N, one after the other with the
// last class counting fastest.
type populations struct {
	users  []int
	stride []int // between n and n + e_r
	size   int
	n      []int // the vector that walk is at
}

// newPopulations wants few enough of them.
func newPopulations(w *want, users []int) *populations {
	p := &populations{users: users, stride: make([]int, len(users)), size: 1, n: make([]int, len(users))}
	for r := len(users) - 1; r >= 0; r-- {
		p.stride[r] = p.size
		if users[r] >= maxPopulations || p.size*(users[r]+1) > maxPopulations {
			w.station = "closed classes"
			w.fail("product of populations plus one", float64(p.size)*(float64(users[r])+1), "at most 8388608 for an exact solution; Linearizer approximates larger ones")
			return p
		}
		p.size *= users[r] + 1
	}
	return p
}

// first and last start a walk up or down.
func (p *populations) first() { clear(p.n) }
func (p *populations) last()  { copy(p.n, p.users) }

// next goes up by one.
func (p *populations) next() {
	for r := len(p.n) - 1; r >= 0; r-- {
		if p.n[r] < p.users[r] {
			p.n[r]++
			return
		}
		p.n[r] = 0
	}
}

// previous goes down by one.
func (p *populations) previous() {
	for r := len(p.n) - 1; r >= 0; r-- {
		if p.n[r] > 0 {
			p.n[r]--
			return
		}
		p.n[r] = p.users[r]
	}
}

// total is the number of users of all classes.
func (p *populations) total() int {
	sum := 0
	for _, n := range p.users {
		sum += n
	}
	return sum
}
