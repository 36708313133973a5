package simulate

// loses draws whether a message between f and a visit to operation op is lost.
// Nothing lies between a client and the system.
func (k *kernel) loses(f, op int32) bool {
	p := k.loss
	if p == 0 && len(k.cuts) == 0 {
		return false
	}
	own := k.frames.at(f).op
	if own == nobody {
		return false
	}
	if len(k.cuts) > 0 {
		if p = k.lossBetween(k.operations[own].service, k.operations[op].service); p == 0 || p >= 1 {
			return p >= 1
		}
	}
	return k.losing.Float64() < p
}
