package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/headroom/headroom/cmd/internal/live"
	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/loadtest/export"
	"github.com/headroom/headroom/measure"
)

// onlookers are those who see a load while it runs: who sits at the terminal, a
// page that is served, and receivers of metrics.
type onlookers struct {
	serve, remoteWrite, otlp, profiles string

	dashboard *live.Dashboard
	server    *live.Server
	pushers   []*export.Pusher
}

func (o *onlookers) flags(f *pflag.FlagSet) {
	f.StringVar(&o.serve, "serve", "", "show the load while it runs on a page, and at /metrics, of this address, as :9999 (loopback unless a host is given)")
	f.StringVar(&o.remoteWrite, "remote-write", "", "send its figures to this URL by Prometheus's remote write")
	f.StringVar(&o.otlp, "otlp", "", "send its figures to this URL as OTLP over HTTP, as http://localhost:4318/v1/metrics")
	f.StringVar(&o.profiles, "profiles", "", "how the names of CPU profiles of the target begin (default: as the result or the hits)")
}

// begin sets everybody to watch. What it returns is to be called in the end.
func (o *onlookers) begin(ctx context.Context, a *app, title string, of *loadtest.Options) (end func(*measure.Result), err error) {
	for _, to := range []struct {
		url    string
		pusher func(string) (*export.Pusher, error)
	}{{o.remoteWrite, export.RemoteWrite}, {o.otlp, export.OTLP}} {
		if to.url == "" {
			continue
		}
		p, err := to.pusher(to.url)
		if err != nil {
			return nil, usageError{err}
		}
		o.pushers = append(o.pushers, p)
	}
	if o.serve != "" {
		if o.server, err = live.Serve(o.serve, title); err != nil {
			return nil, usageError{err}
		}
		if !a.quiet {
			_, _ = fmt.Fprintln(a.Err, "live figures on "+o.server.URL())
		}
	}
	of.Profiles = o.profilePrefix(a, of.Hits)
	o.dashboard = live.NewDashboard(live.Screen{
		W: a.Err, Terminal: a.ErrTerminal, Width: a.Width, Quiet: a.quiet,
		Colour: a.ErrTerminal && a.Getenv("NO_COLOR") == "" && a.Getenv("TERM") != "dumb" && a.color != "never",
	}, title)
	for _, p := range o.pushers {
		p.Start(ctx)
	}
	before := of.Watch
	of.Watch = func(s loadtest.Snapshot) {
		if before != nil {
			before(s)
		}
		o.dashboard.Show(&s)
		if o.server != nil {
			o.server.Show(&s)
		}
		for _, p := range o.pushers {
			p.Take(&s)
		}
	}
	return o.end, nil
}

// end stops all; the result, if there is one, is told what went wrong.
func (o *onlookers) end(r *measure.Result) {
	o.dashboard.Done()
	if o.server != nil {
		_ = o.server.Close() // nobody is left to hear of it
	}
	for _, p := range o.pushers {
		caveats := p.Stop()
		if r != nil {
			r.Caveats = append(r.Caveats, caveats...)
		}
	}
}

// profilePrefix is how names of profiles begin: as the flag says, else as the
// result or the file of hits, which they belong to.
func (o *onlookers) profilePrefix(a *app, hits string) string {
	for _, name := range []string{o.profiles, a.out, hits} {
		if name != "" && name != "-" {
			return strings.TrimSuffix(name, filepath.Ext(name))
		}
	}
	return "headroom"
}
