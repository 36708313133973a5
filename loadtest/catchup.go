package loadtest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// CatchUp says what becomes of requests that were due while all connections of
// an open load were taken, as when the system stands still, once there are
// connections again. The zero CatchUp is a burst.
type CatchUp struct {
	Policy CatchUpPolicy
	Factor float64 // paced: how many times the rate of the schedule they are sent at (1); 0 means 2
	After  float64 // drop: how long after it was due a request is not sent any more (s); 0 means 1
}

// CatchUpPolicy is a way of catching up.
type CatchUpPolicy string

const (
	// Burst sends all at once, as fast as connections get free. It is the
	// default: those who wait for a system are there when it comes back, and what
	// the generator adds of its own is least.
	Burst CatchUpPolicy = "burst"
	// Paced sends them at a multiple of the rate that they were due at.
	Paced CatchUpPolicy = "paced"
	// Drop does not send what is too old.
	Drop CatchUpPolicy = "drop"
)

const (
	defaultFactor = 2.0
	defaultAfter  = 1.0 // (s)
	// slack is how late a request may be without there being anything to catch up
	// with: the generator's own lateness is far below.
	slack = 10 * time.Millisecond
)

// ParseCatchUp reads burst, paced, paced:3, drop or drop:500ms.
func ParseCatchUp(text string) (CatchUp, error) {
	policy, value, given := strings.Cut(text, ":")
	c := CatchUp{Policy: CatchUpPolicy(policy)}
	var err error
	switch {
	case !given:
	case c.Policy == Paced:
		c.Factor, err = strconv.ParseFloat(strings.TrimPrefix(value, "×"), 64)
	case c.Policy == Drop:
		var after time.Duration
		after, err = time.ParseDuration(value)
		c.After = after.Seconds()
	default:
		err = fmt.Errorf("%q takes no value", policy)
	}
	if err != nil {
		return c, fmt.Errorf("loadtest: catch-up %q: %w; want burst, paced, paced:3, drop or drop:500ms", text, err)
	}
	return c.withDefaults()
}

func (c CatchUp) withDefaults() (CatchUp, error) {
	if c.Policy == "" {
		c.Policy = Burst
	}
	if c.Factor == 0 {
		c.Factor = defaultFactor
	}
	if c.After == 0 {
		c.After = defaultAfter
	}
	switch {
	case c.Policy != Burst && c.Policy != Paced && c.Policy != Drop:
		return c, fmt.Errorf("loadtest: catch-up %q; want burst, paced or drop", c.Policy)
	case !(c.Factor > 1 && c.Factor <= 1e6):
		return c, fmt.Errorf("loadtest: catching up at %v times the rate; want more than 1, and no more than a million", c.Factor)
	case !(c.After > 0 && c.After <= longestRun.Seconds()):
		return c, fmt.Errorf("loadtest: dropping requests after %v s; want more than 0, and no more than %v", c.After, longestRun)
	}
	return c, nil
}

// String is the policy as [ParseCatchUp] reads it.
func (c CatchUp) String() string {
	switch c.Policy {
	case Paced:
		return fmt.Sprintf("paced:%v", c.Factor)
	case Drop:
		return fmt.Sprintf("drop:%v", duration(c.After))
	}
	return string(Burst)
}

// describe says what was done, for a caveat.
func (c CatchUp) describe() string {
	switch c.Policy {
	case Paced:
		return fmt.Sprintf("they were then sent at %v times the rate they were due at (--catch-up %s)", c.Factor, c)
	case Drop:
		return fmt.Sprintf("those that had not waited %v yet were then sent at once (--catch-up %s)", duration(c.After), c)
	}
	return "they were then sent at once (--catch-up burst)"
}

// release says when a request may go that was due at the given time, where the
// one before was due and let go at these: never before it is due. A schedule
// that is caught up with keeps its shape, compressed.
func (c CatchUp) release(due, lastDue, lastGone time.Duration) time.Duration {
	if c.Policy != Paced || lastGone-lastDue <= slack {
		return due
	}
	return max(due, lastGone+time.Duration(float64(due-lastDue)/c.Factor))
}

func (c CatchUp) tooOld(age time.Duration) bool { return c.Policy == Drop && age > duration(c.After) }
