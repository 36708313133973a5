package layered

// moments are mean and variance of a time.
type moments struct {
	mean float64 // (s)
	vari float64 // (s²)
}

func (m moments) scv() float64 {
	if !(m.mean > 0) {
		return 1
	}
	return min(m.vari/m.mean/m.mean, maxSCV)
}

func (m moments) plus(o moments) moments { return moments{m.mean + o.mean, m.vari + o.vari} }

// raw is the second moment (s²).
func (m moments) raw() float64 { return m.vari + m.mean*m.mean }

// mixture gathers times that occur with different weights.
type mixture struct{ weight, first, second float64 }

func (x *mixture) add(weight float64, m moments) {
	x.weight += weight
	x.first += weight * m.mean
	x.second += weight * m.raw()
}

func (x mixture) moments() moments {
	if !(x.weight > 0) {
		return moments{}
	}
	mean := x.first / x.weight
	return moments{mean, max(0, x.second/x.weight-mean*mean)}
}
