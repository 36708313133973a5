package simulate

import "github.com/headroom/headroom/internal/rules"

// admits reports whether the breaker of an errand lets an attempt pass.
func (k *kernel) admits(e int32) bool {
	er := k.errands.at(e)
	var ok bool
	er.pass, ok = k.cellOf(e).breaker.Admit(k.asks[er.step].breaker, k.now)
	return ok
}

// observe tells the breaker of an errand how its attempt ended.
func (k *kernel) observe(e int32, good bool) {
	er := k.errands.at(e)
	if s := k.asks[er.step].breaker; s != nil {
		k.cellOf(e).breaker.Observe(s, er.pass, k.now, good)
		er.pass = rules.Pass{}
	}
}

// unjudged takes back what the breaker of an errand let pass, when nothing will
// be heard of it.
func (k *kernel) unjudged(e int32) {
	er := k.errands.at(e)
	if k.asks[er.step].breaker != nil {
		k.cellOf(e).breaker.Unjudged(er.pass)
	}
	er.pass = rules.Pass{}
}
