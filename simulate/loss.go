package simulate

// loses draws whether a message from or to f is lost. Nothing lies between a
// client and the system.
func (k *kernel) loses(f int32) bool {
	return k.loss > 0 && k.frames.at(f).op != nobody && k.losing.Float64() < k.loss
}
