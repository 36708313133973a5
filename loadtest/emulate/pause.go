package emulate

import (
	"github.com/headroom/headroom/internal/rules"
	"github.com/headroom/headroom/scenarios"
)

// pause is the wait of a step before something is tried again.
type pause struct {
	retry   *scenarios.Retry // nil: none
	backoff rules.Backoff
	wait    *stream // "<path>/backoff"
	jitter  *stream // "<path>/jitter"
}

func newPause(seed uint64, path string, r *scenarios.Retry) pause {
	if r == nil {
		return pause{}
	}
	return pause{
		retry: r, backoff: rules.Backoff{Jitter: r.Jitter, Factor: r.Factor, Most: r.Most},
		wait: newStream(seed, path+"/backoff"), jitter: newStream(seed, path+"/jitter"),
	}
}

// newPauses makes the waits of the optimistic locks of a model, by the path of
// their step.
func newPauses(seed uint64, m *scenarios.Model) map[string]*pause {
	pauses := map[string]*pause{}
	for i := range m.Operations {
		scenarios.WalkSteps(m.Operations[i].Steps, func(s scenarios.Step) {
			if l, ok := s.(scenarios.Lock); ok {
				p := newPause(seed, l.Path(), l.Retry)
				pauses[l.Path()] = &p
			}
		})
	}
	return pauses
}

// after draws the wait after so many failures, the last of which was followed
// by a wait of last (s).
func (p *pause) after(failures int, last float64) float64 {
	if p.retry == nil || p.retry.Backoff.IsZero() {
		return 0
	}
	u := 0.0
	if p.retry.Jitter != scenarios.NoJitter {
		u = p.jitter.share()
	}
	return p.backoff.Wait(int64(failures), last, p.wait.sample(p.retry.Backoff), u)
}
