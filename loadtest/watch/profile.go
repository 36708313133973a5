package watch

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/headroom/headroom/measure"
)

const profilePath = "/debug/pprof/profile"

// longestProfile bounds the time that a CPU profile is taken over.
const longestProfile = 30 * time.Second

// profiled is a target whose CPU profile is taken in the measured time.
type profiled struct {
	client *http.Client
	url    url.URL
	part   string

	file string // written, or empty
	err  error
}

// Profile takes a CPU profile of each target that offers one, over the middle
// of a measured time of the given length that begins now, and returns at once.
// Whole seconds are all that net/http/pprof knows; less than two make none.
func (w *Watcher) Profile(ctx context.Context, length time.Duration) {
	if w.options.Profile == "" {
		return
	}
	span := min(longestProfile, (length * 3 / 4).Truncate(time.Second))
	for _, p := range w.profiles {
		if span < time.Second {
			p.err = fmt.Errorf("a measured time of %v is too short for a profile", length)
			continue
		}
		w.all.Go(func() {
			wait := time.NewTimer((length - span) / 2)
			defer wait.Stop()
			select {
			case <-wait.C:
				p.take(ctx, span, w.options.Profile)
			case <-ctx.Done():
			}
		})
	}
}

func (p *profiled) take(ctx context.Context, span time.Duration, prefix string) {
	within, cancel := context.WithTimeout(ctx, span+patience)
	defer cancel()
	query := p.url.Query()
	query.Set("seconds", strconv.Itoa(int(span/time.Second)))
	p.url.RawQuery = query.Encode()
	profile, err := fetch(within, p.client, p.url.String(), "")
	if err != nil {
		p.err = err
		return
	}
	if !isProfile(profile) {
		p.err = fmt.Errorf("%d bytes that are no profile", len(profile))
		return
	}
	name := prefix + ".cpu.pb.gz"
	if p.part != measure.WholeTarget {
		name = prefix + "." + p.part + ".cpu.pb.gz"
	}
	if p.err = os.WriteFile(name, profile, 0o644); p.err == nil {
		p.file = name
	}
}

// Profiles are the files that were written, by part.
func (w *Watcher) Profiles() map[string]string {
	out := map[string]string{}
	for _, p := range w.profiles {
		if p.file != "" {
			out[p.part] = p.file
		}
	}
	return out
}

func (p *profiled) caveats() []measure.Caveat {
	if p.err == nil {
		return nil
	}
	return []measure.Caveat{{
		What:   fmt.Sprintf("watch: profile %s: %v", p.url.Redacted(), p.err),
		Where:  where(p.part),
		Effect: "there is no CPU profile of it",
	}}
}
