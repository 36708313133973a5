// Command validation tries headroom on a real system: nginx, the shop of
// examples/shop and PostgreSQL, on this machine. It calibrates the scenario at low
// loads by the same commands that a user has, predicts high ones, drives them, and
// prints both as the table of docs/validation.md. It wants Linux with nginx and
// PostgreSQL, and a machine that does nothing else.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/headroom/headroom/measure"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "validation:", err)
		stop()
		os.Exit(1)
	}
}

// load is the requests a second of each workload.
type load struct{ product, search, order float64 }

func (l load) times(f float64) load { return load{l.product * f, l.search * f, l.order * f} }

func (l load) set() []string {
	var out []string
	for name, rate := range map[string]float64{"product": l.product, "search": l.search, "order": l.order} {
		out = append(out, "--set", fmt.Sprintf("workloads.%s.arrivals=poisson(%g/s)", name, rate))
	}
	return out
}

// calibration is five mixes at which the shop is busy for 10 to 40 % of the time:
// two more than there are operations, so that residuals tell how good they are.
var calibration = []load{{120, 15, 10}, {30, 70, 10}, {30, 15, 90}, {80, 80, 20}, {30, 130, 30}}

// mix is what is predicted and driven, at three utilizations of the shop.
var mix = load{3, 6, 1}

func run(ctx context.Context, w io.Writer) error {
	dir, err := os.MkdirTemp("", "headroom-validation-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s := &system{dir: dir}
	defer s.stop()
	if err := s.start(ctx); err != nil {
		return err
	}
	if _, err := s.drive(ctx, "warm", load{100, 30, 10}, "15s"); err != nil { // its cache, and what is compiled and prepared once
		return err
	}
	var from []string
	for i, l := range calibration {
		name := fmt.Sprintf("low%d", i+1)
		if _, err := s.drive(ctx, name, l, "20s"); err != nil {
			return err
		}
		from = append(from, name+".json")
	}
	// The output of fit is part of what is shown.
	fitted, err := s.headroom(ctx, append([]string{"fit", "shop.yaml", "--method", "utilization", "--write", "--from"}, from...)...)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(w, "```text\n%s```\n\n", fitted)
	busy, err := s.solve(ctx, mix)
	if err != nil {
		return err
	}
	one := busy.Services["shop"].Utilization.Value // at ten requests a second
	_, _ = fmt.Fprintln(w, "| shop busy | figure | predicted | simulated | measured | off |\n|---|---|---|---|---|---|")
	for _, u := range []float64{0.60, 0.75, 0.85} {
		l := mix.times(u / one)
		predicted, err := s.solve(ctx, l)
		if err != nil {
			return err
		}
		simulated, err := s.predict(ctx, "simulate", l, "--precision", "1%")
		if err != nil {
			return err
		}
		measured, err := s.drive(ctx, fmt.Sprintf("high%.0f", 100*u), l, "40s")
		if err != nil {
			return err
		}
		rows(w, u, predicted, simulated, measured)
	}
	return nil
}

// rows compares one load.
func rows(w io.Writer, u float64, predicted, simulated, measured *measure.Result) {
	row := func(what, format string, scale, p, s, m float64) {
		_, _ = fmt.Fprintf(w, "| %.0f %% | %s | "+format+" | "+format+" | "+format+" | %+.1f %% |\n", 100*u, what, scale*p, scale*s, scale*m, 100*(p/m-1))
	}
	row("shop, cores busy", "%.3f", 1, predicted.Services["shop"].Utilization.Value, simulated.Services["shop"].Utilization.Value, measured.Target["shop"].Resources["cpu"].Use.Value)
	for _, name := range []string{"product", "search", "order"} {
		p, s, m := predicted.Workloads[name], simulated.Workloads[name], measured.Workloads[name]
		row(name+", throughput (1/s)", "%.1f", 1, p.Throughput.Value, s.Throughput.Value, m.Throughput.Value)
		row(name+", mean (ms)", "%.2f", 1e3, p.Response.Mean.Value, s.Response.Mean.Value, m.Response.Mean.Value)
		row(name+", p95 (ms)", "%.2f", 1e3, p.Response.P95.Value, s.Response.P95.Value, m.Response.P95.Value)
	}
	for _, c := range measured.Caveats {
		if strings.Contains(c.What, "after they were due") {
			_, _ = fmt.Fprintf(os.Stderr, "at %.0f %%: %s\n", 100*u, c.What)
		}
	}
}

// solve predicts a load by queueing theory.
func (s *system) solve(ctx context.Context, l load) (*measure.Result, error) {
	return s.predict(ctx, "solve", l)
}

func (s *system) predict(ctx context.Context, command string, l load, more ...string) (*measure.Result, error) {
	return s.result(ctx, "predicted.json", append(append([]string{command, "shop.yaml", "-q"}, l.set()...), more...)...)
}

// drive puts a load on the live system. A run that is not valid still tells what
// it measured, and says so.
func (s *system) drive(ctx context.Context, name string, l load, length string) (*measure.Result, error) {
	return s.result(ctx, name+".json", append([]string{"load", "shop.yaml", "-q", "--warmup", "3s", "--duration", length}, l.set()...)...)
}

// result runs headroom and reads the result that it writes to a file.
func (s *system) result(ctx context.Context, file string, args ...string) (*measure.Result, error) {
	if _, err := s.headroom(ctx, append(args, "--format", "json", "-o", file)...); err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(s.dir, file))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return measure.Decode(f)
}

func (s *system) headroom(ctx context.Context, args ...string) (string, error) {
	c := exec.CommandContext(ctx, "taskset", append([]string{"-c", beside, filepath.Join(s.dir, "headroom")}, args...)...)
	c.Dir = s.dir
	var failed strings.Builder
	c.Stderr = &failed
	out, err := c.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 && args[0] == "load" {
		fmt.Fprint(os.Stderr, failed.String())
		err = nil
	}
	if err != nil {
		return "", fmt.Errorf("headroom %s: %w\n%s", strings.Join(args, " "), err, failed.String())
	}
	return string(out), nil
}
