package cli

import (
	"bytes"
	"testing"
	"time"
)

// steps is a clock that moves on by a given time at each look.
func steps(step time.Duration) func() time.Time {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time {
		now = now.Add(step)
		return now
	}
}

func TestProgressOnATerminal(t *testing.T) {
	var b bytes.Buffer
	p := newProgress(Streams{Err: &b, ErrTerminal: true, Width: 60}, false)
	p.now = steps(2 * time.Second)
	p.Stage("[1/2] simulating", 65*time.Second)
	p.Update(0.25, "a note too long for the line")
	p.Done()
	const want = "\r\x1b[K[1/2] simulating  ━━━━━───────────────   25 %  6s left, the" + "\r\x1b[K"
	if b.String() != want {
		t.Errorf("got  %q\nwant %q", b.String(), want)
	}
}

func TestProgressInAFile(t *testing.T) {
	var b bytes.Buffer
	p := newProgress(Streams{Err: &b}, false)
	p.now = steps(6 * time.Second)
	p.Stage("loading", 0)
	for i := range 4 {
		p.Update(float64(i+1)/4, "")
	}
	p.Done()
	const want = "loading\nloading   50 %  12s left\nloading  100 %\n"
	if b.String() != want {
		t.Errorf("got  %q\nwant %q", b.String(), want)
	}
}

func TestQuietSaysNothing(t *testing.T) {
	var b bytes.Buffer
	p := newProgress(Streams{Err: &b, ErrTerminal: true}, true)
	p.Stage("loading", time.Minute)
	p.Update(0.5, "half")
	p.Done()
	if b.Len() != 0 {
		t.Errorf("got %q", b.String())
	}
}
