package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/headroom/headroom/simulate"
)

// precision is a flag such as 1%, for what a simulation aims at unless told
// otherwise, or shoppers.p99=2%,db.utilization=1% for figures chosen.
type precision struct {
	all     share
	targets []simulate.Target
}

func (p *precision) String() string {
	if len(p.targets) == 0 {
		return p.all.String()
	}
	var out []string
	for _, t := range p.targets {
		s := share(t.Precision)
		out = append(out, t.String()+"="+s.String())
	}
	return strings.Join(out, ",")
}

func (p *precision) Type() string { return "share" }

func (p *precision) Set(text string) error {
	if !strings.Contains(text, "=") {
		return p.all.Set(text)
	}
	for part := range strings.SplitSeq(text, ",") {
		figure, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return fmt.Errorf("%q has no precision; want one for every figure, as shoppers.p99=2%%", part)
		}
		dot := strings.LastIndex(figure, ".")
		if dot <= 0 || dot == len(figure)-1 {
			return fmt.Errorf("%q is no figure; want a subject and a metric, as shoppers.p99 or db.utilization", figure)
		}
		var s share
		if err := s.Set(value); err != nil {
			return fmt.Errorf("%s: %w", figure, err)
		}
		t := simulate.Target{Subject: figure[:dot], Metric: figure[dot+1:], Precision: float64(s)}
		for _, other := range p.targets {
			if other.Subject == t.Subject && other.Metric == t.Metric {
				return errors.New(figure + " has two precisions")
			}
		}
		p.targets = append(p.targets, t)
	}
	return nil
}

// mistaken marks a precision of a figure that the scenario does not have as a
// mistake in usage.
func mistaken(err error) error {
	if e := (*simulate.TargetError)(nil); errors.As(err, &e) {
		return usageError{err}
	}
	return err
}
