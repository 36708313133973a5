package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/cmd/internal/gating"
	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/reports/gate"
	"github.com/headroom/headroom/scenarios"
)

// pairFlags say how pairs of runs are made.
type pairFlags struct {
	gateOutput
	pairs, most      int
	keep             string
	target, ready    string
	vars             string
	duration, warmup time.Duration
	within           time.Duration
	allow            []string
	engine           string
	follow           tested
	retries          int
}

func (p *pairFlags) flags(c *cobra.Command, url string) {
	p.gateOutput.flags(c.Flags())
	f := c.Flags()
	f.IntVar(&p.pairs, "pairs", 10, "pairs of runs, one of each side")
	f.StringVar(&p.keep, "keep", "", "directory for every run; given again, it goes on there (default: a new one)")
	f.StringVar(&p.target, url, "", "URL that is put under load, as http://127.0.0.1:{port} (default: live.base of the scenario, or that)")
	f.StringVar(&p.ready, "ready", "", "URL that answers 2xx once a build is ready, as http://127.0.0.1:{port}/health (default: anything answers)")
	f.DurationVar(&p.within, "ready-within", time.Minute, "how long a build may take until then")
	f.StringVar(&p.vars, "vars", "", "path of Go's expvar in the target, as /debug/vars: allocations are compared too")
	f.DurationVar(&p.duration, "duration", 10*time.Second, "load of a run that is counted")
	f.DurationVar(&p.warmup, "warmup", 2*time.Second, "load before it that is not")
	f.StringArrayVar(&p.allow, "allow", nil, "a host beyond loopback that may be put under load (repeatable)")
	f.StringVar(&p.engine, "engine", string(loadtest.Vegeta), "what puts the load on: vegeta or lean")
	f.StringVar(&p.follow.test, "test", "", "follow this test of the scenario, as a soak test for limits of drift")
	f.IntVar(&p.retries, "retries", 2, "measure a pair again, so many times, when the machine or the generator spoilt it")
	p.follow.speed = 1
}

func newGateRun(a *app) *cobra.Command {
	var (
		p          pairFlags
		base, head string
	)
	c := &cobra.Command{
		Use:   "run S",
		Short: "Start both builds by turns, measure them, and judge",
		Long: `gate run starts the baseline and the change by turns (base, head, head, base, and
so on), each alone, puts the scenario's load on it, and stops it again, whatever
happens. Both sides of a pair get the same requests at the same times. Then it
judges, and where that is undecided goes on up to --max-pairs, with levels that
hold for all looks together.

Commands are run by sh, each in a process group of its own. {port} in a command
is a free port, also in its environment as PORT; {seed} is that of the pair, also
as HEADROOM_SEED. Without {port}, the port of live.base must be free.`,
		Example: `  headroom gate run shop.yaml --base './old --port {port}' --head './new --port {port}'
  headroom gate run shop.yaml --base 'git -C ../main ...' --head 'go run . -addr :{port}' --pairs 10 --max-pairs 30 --keep runs`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			if base == "" || head == "" {
				return usageError{errors.New("gate run: want --base and --head, the commands that start the two builds")}
			}
			if p.most == 0 {
				p.most = p.pairs
			}
			m, o, policy, err := p.plan(a, args[0], base, head)
			if err != nil {
				return err
			}
			q := gate.Question{Name: m.Name, Model: m, Policy: policy}
			if policy.Limits.Capacity >= 0 {
				if q.Predicted, err = a.predicted(cmd.Context(), m); err != nil {
					return err
				}
			}
			bar := newProgress(a.Streams, a.quiet)
			bar.Stage("measuring pairs", 0)
			o.Progress = func(done, all int, what string) { bar.Update(float64(done)/float64(all), what) }
			r, pairs, err := gating.Gate(cmd.Context(), m, o, gating.Looks(p.pairs, p.most), q)
			bar.Done()
			if err != nil {
				return err
			}
			r.Notes = append(r.Notes, "runs are in "+p.keep)
			if o.Retried > 0 {
				r.Notes = append(r.Notes, fmt.Sprintf("%d pairs were measured again, because the machine or the generator had spoilt them", o.Retried))
			}
			var before, now []*measure.Result
			for _, pair := range pairs {
				before, now = append(before, pair.Base), append(now, pair.Head)
			}
			return a.gated(r, &p.gateOutput, before, now)
		},
	}
	p.flags(c, "target")
	c.Flags().StringVar(&base, "base", "", "command that starts what was there before")
	c.Flags().StringVar(&head, "head", "", "command that starts what shall be")
	c.Flags().IntVar(&p.most, "max-pairs", 0, "go on up to so many pairs while it is undecided (0: as many as --pairs)")
	return c
}

func newGateCalibrate(a *app) *cobra.Command {
	var (
		p       pairFlags
		command string
	)
	c := &cobra.Command{
		Use:   "calibrate S",
		Short: "Measure a build against itself: false alarms, and the least change that can be seen here",
		Long: `gate calibrate measures the same build on both sides and says how often a gate
with this policy would cry wolf on this machine, how often it would not know, and
the least change that so many pairs of runs find. Without --target the scenario
itself is brought up, emulated.`,
		Example: `  headroom gate calibrate shop.yaml --target './server --port {port}'
  headroom gate calibrate shop.yaml --pairs 20 --duration 5s`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			m, o, policy, err := p.plan(a, args[0], command, command)
			if err != nil {
				return err
			}
			bar := newProgress(a.Streams, a.quiet)
			bar.Stage("measuring pairs", 0)
			o.Progress = func(done, all int, what string) { bar.Update(float64(done)/float64(all), what) }
			o.Pairs = p.pairs
			pairs, err := gating.Run(cmd.Context(), m, o)
			bar.Done()
			if err != nil {
				return err
			}
			return a.calibrated(gate.Calibrate(m.Name, asked(pairs), m, policy))
		},
	}
	p.flags(c, "url")
	c.Flags().StringVar(&command, "target", "", "command that starts the build (default: the emulated system)")
	return c
}

func asked(pairs []gating.Pair) []gate.Pair {
	var out []gate.Pair
	for _, p := range pairs {
		out = append(out, gate.Pair{Base: p.Base, Head: p.Head})
	}
	return out
}

func (a *app) calibrated(c *gate.Calibration) error {
	c.Command = a.command()
	err := a.write(func(w io.Writer) error {
		if a.format == "json" {
			return gate.CalibrationJSON(w, c)
		}
		return c.Text(w)
	})
	if err == nil && len(c.Faults) > 0 {
		return verdictError{ExitFailed, "The runs cannot be judged: " + c.Faults[0] + "."}
	}
	return err
}

// plan reads what the flags say and opens the directory of the runs.
func (p *pairFlags) plan(a *app, name, base, head string) (*scenarios.Model, *gating.Options, *scenarios.GatePolicy, error) {
	o := &gating.Options{Retries: p.retries}
	policy, err := p.read()
	if err != nil {
		return nil, o, nil, err
	}
	m, err := a.load(name)
	if err != nil {
		return nil, o, nil, err
	}
	if p.pairs < 1 || p.most < 0 || max(p.pairs, p.most) > 400 || p.duration <= 0 || p.warmup < 0 || p.within <= 0 {
		return nil, o, nil, usageError{errors.New("gate: want 1 to 400 pairs, --duration of more than 0 and --warmup of 0 or more")}
	}
	if p.most > 0 && p.most < p.pairs {
		return nil, o, nil, usageError{fmt.Errorf("gate: --max-pairs %d is less than --pairs %d", p.most, p.pairs)}
	}
	o.Doubt = func(pair gating.Pair) []string {
		return gate.Faults([]gate.Pair{{Base: pair.Base, Head: pair.Head}}, m, policy)
	}
	o.Load = loadtest.Options{Warmup: p.warmup.Seconds(), Duration: p.duration.Seconds(), Allow: p.allow, Engine: loadtest.Engine(p.engine)}
	if p.follow.test != "" {
		if m, err = p.follow.settle(m, &o.Load); err != nil {
			return nil, o, nil, err
		}
		o.Load.Warmup = 0
	}
	if p.keep == "" {
		p.keep = "gate-" + time.Now().Format("20060102-150405")
	}
	kept := gating.Plan{
		Scenario: m.Digest, Base: base, Head: head, Seed: a.seed,
		Warmup: o.Load.Warmup, Duration: o.Load.Duration, Test: p.follow.test, Engine: p.engine,
	}
	if o.Store, err = gating.OpenStore(p.keep, kept); err != nil {
		if errors.Is(err, gating.ErrOtherPlan) {
			err = usageError{err}
		}
		return nil, o, nil, err
	}
	o.Seed, o.Tool, o.Vars = a.seed, tool(), p.vars
	if base == "" {
		e := gating.Emulated{Model: m}
		o.Base, o.Head = e, e
		return m, o, policy, nil
	}
	build := func(line, side string) (gating.Command, error) {
		c := gating.Command{
			Line: line, Target: cmp.Or(p.target, m.Live.Base, "http://127.0.0.1:{port}"),
			Ready: p.ready, Within: p.within, Log: filepath.Join(p.keep, side+".log"),
		}
		if err := c.Check(); err != nil {
			return c, usageError{err}
		}
		return c, nil
	}
	b, errBase := build(base, "base")
	h, errHead := build(head, "head")
	o.Base, o.Head = b, h
	return m, o, policy, errors.Join(errBase, errHead)
}
