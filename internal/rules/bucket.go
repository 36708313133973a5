package rules

// Bucket is a token bucket at the door of a service. Its tokens are those that
// were left at an instant; it starts full when Left is what fits.
type Bucket struct {
	Left float64 // at the instant AsOf (1)
	AsOf float64 // (s)
}

// Take takes a token at the instant now, if a whole one is there. The bucket
// fills at a rate (1/s) to at most so many tokens. An instant before the last
// one counts as that.
func (b *Bucket) Take(now, rate, most float64) bool {
	now = max(now, b.AsOf)
	b.Left = min(most, b.Left+(now-b.AsOf)*rate)
	b.AsOf = now
	if b.Left < 1 {
		return false
	}
	b.Left--
	return true
}

// Purse holds the retries that are paid for: each first attempt puts a budget
// in, a retry takes 1 out (as gRPC's retry throttling).
type Purse float64

// FullPurse is how many retries a purse of the given budget holds: 10 at least,
// so that a caller of few requests may try again too.
func FullPurse(budget float64) Purse { return Purse(max(10, 10*budget)) }

// Save puts what a first attempt brings into the purse.
func (p *Purse) Save(budget float64) { *p = min(*p+Purse(budget), FullPurse(budget)) }

// Spend takes a retry out of the purse, if there is one.
func (p *Purse) Spend() bool {
	if *p < 1 {
		return false
	}
	*p--
	return true
}
