package alarm

import "time"

// timer is the source that every system has: Go's own timers, up to a
// millisecond late.
type timer struct{ t *time.Timer }

func newTimer() source {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return timer{t}
}

func (t timer) arm(d int64) error {
	t.t.Reset(time.Duration(d))
	return nil
}

func (t timer) wait() error {
	<-t.t.C
	return nil
}

func (t timer) close() error {
	t.t.Stop()
	return nil
}
