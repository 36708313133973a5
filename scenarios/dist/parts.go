package dist

// Parts takes a distribution that is a mixture apart: with probability
// weights[i] the value is drawn from parts[i]. Of hyperexp the parts are
// exponentials, of empirical constants, of mixture what it was made of. Any
// other distribution is the one part of itself.
func (d Dist) Parts() (weights []float64, parts []Dist) {
	switch l := d.law.(type) {
	case hyperExp:
		for i, w := range l.weights {
			weights = append(weights, w)
			parts = append(parts, Exponential(l.means[i]))
		}
	case *empirical:
		for i, w := range l.weights {
			weights = append(weights, w)
			parts = append(parts, Const(l.values[i]))
		}
	case mixture:
		weights, parts = append(weights, l.weights...), append(parts, l.parts...)
	default:
		weights, parts = []float64{1}, []Dist{d}
	}
	return weights, parts
}
