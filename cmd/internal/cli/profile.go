package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/cmd/internal/profiling"
	"github.com/headroom/headroom/loadtest/watch"
	"github.com/headroom/headroom/profiles/pprof"
	"github.com/headroom/headroom/reports"
	"github.com/headroom/headroom/scenarios"
)

// profiled are the flags of profile.
type profiled struct {
	served     profiling.Served
	run        string
	scenario   string
	write      string
	into       string
	operations []string
	label      string
	value      string
	top        int

	kinds    []string
	seconds  int
	captures int
	keep     string
}

func newProfile(a *app) *cobra.Command {
	p := profiled{seconds: 30, captures: 1, top: 15}
	c := &cobra.Command{
		Use:   "profile FILE|DIR|URL ...",
		Short: "Tell from profiles what a request costs: by operation, package and function",
		Long: `profile reads profiles in the pprof format (of Go, or converted from perf or
async-profiler), or captures them from a live Go process that serves
/debug/pprof, and says what was spent for what: processor time, memory, waiting
for locks. With the number of requests served meanwhile (--requests), their rate
(--throughput) or the result of the load test that they were taken in (--run),
figures are of one request, with 95 % intervals.

Operations are told apart by labels of runtime/pprof.Do, or by the functions that
handle them (--operation). With --scenario it also says what the cpu steps of the
scenario should be; --write puts that into its file with comments that say where it
comes from, and keeps everything else as it is. --into S is --scenario S --write.

A directory is that of a run: its profiles, and its result if it has one.
-o flame.html --format html draws a flame graph to zoom and search.`,
		Example: `  headroom profile cpu.pb.gz --requests 12000
  headroom profile http://localhost:6060 --seconds 30 --throughput 400
  headroom profile http://localhost:6060 --kind cpu,mutex --captures 5 --keep shop --format html -o flame.html
  headroom profile --run measured.json --service web --scenario shop.yaml
  headroom profile --run measured.json --service web --into shop.yaml
  headroom profile cpu.pb.gz --throughput web.buy=30 --throughput web.find=200 --operation 'web.buy=\.handleBuy$'
  headroom profile diff old.pb.gz new.pb.gz --base-requests 9000 --head-requests 9100`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.profile(cmd.Context(), &p, args) },
	}
	f := c.Flags()
	f.StringArrayVar(&p.served.Requests, "requests", nil, "requests served while each profile was taken: N, or OPERATION=N (repeatable)")
	f.StringArrayVar(&p.served.Throughput, "throughput", nil, "the same by their rate a second: R, or OPERATION=R (repeatable)")
	f.StringVar(&p.run, "run", "", "result of the load test that the profiles were taken in; without FILE, those that it kept")
	f.StringVar(&p.served.Service, "service", "", "the service of the run or the scenario that the profiles are of")
	f.Float64Var(&p.served.CPU, "cpu-seconds", 0, "processor time that the process used during each profile, as its system counts it (s)")
	f.StringVar(&p.scenario, "scenario", "", "the scenario: names its operations, and says what their cpu steps should be")
	f.StringVar(&p.write, "write", "", "write what they should be into the scenario, or into this file")
	f.Lookup("write").NoOptDefVal = itself
	f.StringVar(&p.into, "into", "", "the same of this scenario: --scenario and --write in one")
	f.StringArrayVar(&p.operations, "operation", nil, "an operation and the functions that handle it, as 'web.buy=\\.handleBuy$' (repeatable)")
	f.StringVar(&p.label, "label", "", "the label whose values are operations (default: one that fits)")
	f.StringVar(&p.value, "value", "", "the column to add up, as alloc_objects (default: the one that matters)")
	f.IntVar(&p.top, "top", p.top, "rows of packages and functions")
	f.StringSliceVar(&p.kinds, "kind", []string{"cpu"}, "of a URL: "+strings.Join(watch.CaptureKinds(), ", "))
	f.IntVar(&p.seconds, "seconds", p.seconds, "of a URL: how long each capture takes")
	f.IntVar(&p.captures, "captures", p.captures, "of a URL: how many captures, one after the other")
	f.StringVar(&p.keep, "keep", "", "of a URL: keep the profiles in files whose names begin so")
	must(c.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(watch.CaptureKinds(), cobra.ShellCompDirectiveNoFileComp)))
	c.AddCommand(newProfileDiff(a))
	return c
}

func isURL(s string) bool { return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") }

func (a *app) profile(ctx context.Context, p *profiled, args []string) error {
	if p.top < 1 || p.seconds < 1 || p.captures < 1 || !(p.served.CPU >= 0) {
		return usageError{errors.New("profile: --top, --seconds and --captures want 1 or more, --cpu-seconds 0 or more")}
	}
	if p.into != "" {
		if p.scenario != "" || p.write != "" {
			return usageError{errors.New("profile: --into is --scenario and --write in one: give it alone")}
		}
		p.scenario, p.write = p.into, itself
	}
	if p.write != "" && p.scenario == "" {
		return usageError{errors.New("profile: --write into which scenario? Give --scenario S, or --into S")}
	}
	m, written, naming, err := a.naming(p)
	if err != nil {
		return err
	}
	if len(args) == 1 && p.run == "" {
		if info, err := os.Stat(args[0]); err == nil && info.IsDir() && len(p.served.Requests)+len(p.served.Throughput) == 0 {
			p.run = profiling.RunIn(args[0])
		}
	}
	if p.run != "" {
		if p.served.Run, err = readResult(p.run); err != nil {
			return err
		}
	}
	profiles, err := a.profilesOf(ctx, p, args)
	if err != nil {
		return err
	}
	naming.Service = p.served.Service
	page, found, err := examine(p, profiles, naming, m, written)
	if err != nil {
		return usageError{err}
	}
	if p.write != "" {
		file, src, err := a.source(p.scenario)
		if err != nil {
			return err
		}
		if err := writeInto("profile", p.scenario, file, src, &p.write, pprof.Edits(found.Calibrated)); err != nil {
			return err
		}
		page.Notes = append(page.Notes, "Written to "+p.write+".")
	}
	return a.showFindings(page, found)
}

// profilesOf captures or reads what the command line names.
func (a *app) profilesOf(ctx context.Context, p *profiled, args []string) ([]*pprof.Profile, error) {
	switch {
	case len(args) == 0 && p.run == "":
		return nil, usageError{errors.New("profile: which? Give files, a directory, the URL of a Go process, or --run with profiles of its own")}
	case len(args) == 0:
		files, service, err := profiling.ProfilesOf(p.served.Run, p.run, p.served.Service)
		if err != nil {
			return nil, usageError{err}
		}
		p.served.Service, args = service, files
	case slices.ContainsFunc(args, isURL):
		if len(args) > 1 {
			return nil, usageError{fmt.Errorf("profile: one URL at a time, and no files with it; there is %s", strings.Join(args, ", "))}
		}
		return a.capture(ctx, p, args[0])
	}
	profiles, err := profiling.Open(args)
	if err != nil {
		return nil, usageError{err}
	}
	return profiles, nil
}

// capture takes profiles of a live process, all kinds at the same time. An
// interrupt ends it; what was captured until then is kept.
func (a *app) capture(ctx context.Context, p *profiled, at string) ([]*pprof.Profile, error) {
	progress := newProgress(a.Streams, a.quiet)
	defer progress.Done()
	var out []*pprof.Profile
	for n := range p.captures {
		progress.Stage(fmt.Sprintf("capture %d of %d: %s over %d s", n+1, p.captures, strings.Join(p.kinds, ", "), p.seconds), 0)
		before := processorTime(ctx, at)
		taken, err := a.captureOnce(ctx, p, at, progress)
		used := processorTime(ctx, at) - before
		if err != nil {
			if len(out) > 0 {
				return out, nil
			}
			return nil, err
		}
		for i, data := range taken {
			name := fmt.Sprintf("%s.%d.%s.pb.gz", p.keep, n+1, p.kinds[i])
			if p.keep != "" {
				if err := writeFile(name, data); err != nil {
					return nil, err
				}
			} else {
				name = fmt.Sprintf("%s capture %d", p.kinds[i], n+1)
			}
			read, err := pprof.Read(strings.NewReader(string(data)), name, pprof.Limits{})
			if err != nil {
				return nil, err
			}
			if read.Kind() == pprof.CPU && used > 0 {
				read.Process = used
			}
			out = append(out, read)
		}
	}
	return out, nil
}

// processorTime is what the process behind a URL has used (s), where it is one
// of this machine; NaN elsewhere.
func processorTime(ctx context.Context, address string) float64 {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback() {
		return math.NaN()
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return math.NaN()
	}
	used, err := watch.ProcessorTime(ctx, port)
	if err != nil {
		return math.NaN()
	}
	return used
}

func (a *app) captureOnce(ctx context.Context, p *profiled, at string, progress *progress) ([][]byte, error) {
	type answer struct {
		data []byte
		err  error
	}
	answers := make([]chan answer, len(p.kinds))
	for i, kind := range p.kinds {
		answers[i] = make(chan answer, 1)
		go func() {
			data, err := watch.Capture(ctx, http.DefaultTransport, at, kind, p.seconds)
			answers[i] <- answer{data, err}
		}()
	}
	began, tick := time.Now(), time.NewTicker(redrawEvery)
	defer tick.Stop()
	var out [][]byte
	for len(out) < len(answers) {
		select {
		case got := <-answers[len(out)]:
			if got.err != nil {
				return nil, got.err
			}
			out = append(out, got.data)
		case <-tick.C:
			progress.Update(time.Since(began).Seconds()/float64(p.seconds), "")
		}
	}
	return out, nil
}

// naming is how operations are told apart, and the scenario that has them, as it
// is and with services at the speed that values are written for.
func (a *app) naming(p *profiled) (m, written *scenarios.Model, n pprof.Naming, err error) {
	n.Label = p.label
	for _, text := range p.operations {
		pattern, err := pprof.ParsePattern(text)
		if err != nil {
			return nil, nil, n, usageError{fmt.Errorf("--operation %w", err)}
		}
		n.Patterns = append(n.Patterns, pattern)
	}
	if p.scenario == "" {
		return nil, nil, n, nil
	}
	if m, err = a.load(p.scenario); err != nil {
		return nil, nil, n, err
	}
	sets := slices.Clone(a.sets)
	for _, s := range m.Services {
		sets = append(sets, "services."+s.Name+".speed=1")
	}
	written, err = scenarios.Load(p.scenario, scenarios.Options{Set: sets, Stdin: a.In})
	for _, o := range m.Operations {
		n.Known = append(n.Known, o.Name)
	}
	for _, pattern := range n.Patterns {
		if _, ok := m.OpByName(pattern.Operation); !ok {
			return nil, nil, n, usageError{fmt.Errorf("--operation: the scenario has no operation %q; it has %s", pattern.Operation, strings.Join(n.Known, ", "))}
		}
	}
	return m, written, n, err
}

// examine puts what the profiles of each kind tell on a page.
func examine(p *profiled, profiles []*pprof.Profile, naming pprof.Naming, m, written *scenarios.Model) (reports.Page, *profiling.Findings, error) {
	page := reports.Page{Title: "Profile of " + titleOf(profiles, p.served.Service)}
	found := &profiling.Findings{Schema: profiling.Schema}
	byKind := map[pprof.Kind][]*pprof.Profile{}
	var kinds []pprof.Kind
	for _, x := range profiles {
		k := x.Kind()
		if byKind[k] == nil {
			kinds = append(kinds, k)
		}
		byKind[k] = append(byKind[k], x)
	}
	for _, k := range kinds {
		captures, err := p.served.Captures(byKind[k])
		if err != nil {
			return page, nil, err
		}
		if (k == pprof.Mutex || k == pprof.Block) && p.value == "" {
			c, err := pprof.ContentionOf(captures, naming)
			if err != nil {
				return page, nil, err
			}
			found.Contention = append(found.Contention, c)
		} else {
			d, err := pprof.DemandOf(captures, p.value, naming)
			if err != nil {
				return page, nil, err
			}
			found.Demands = append(found.Demands, d)
			page.Notes = append(page.Notes, profiling.Headline(d))
			if m != nil && d.Type == "cpu" {
				calibrated, caveats := pprof.Calibrate(m, written, d)
				found.Calibrated, found.Caveats = append(found.Calibrated, calibrated...), append(found.Caveats, caveats...)
			}
		}
		flame, err := profiling.Flame("Flame graph: "+string(k), "A box is as wide as what a function and all that it calls cost; callers are above.", captures, nil, p.value)
		if err != nil {
			return page, nil, err
		}
		page.Flames = append(page.Flames, flame)
	}
	page.Chapters = found.Chapters(p.top)
	return page, found, nil
}

func titleOf(profiles []*pprof.Profile, service string) string {
	switch {
	case service != "":
		return service
	case len(profiles) == 1:
		return filepath.Base(profiles[0].Name)
	}
	return fmt.Sprintf("%s and %d more", filepath.Base(profiles[0].Name), len(profiles)-1)
}

// showFindings writes the page, or what it is made of as JSON.
func (a *app) showFindings(page reports.Page, found any) error {
	if a.format == "csv" {
		return usageError{errors.New("profile: there is no csv form; want text, markdown, json or html")}
	}
	if a.format == "text" && strings.HasSuffix(a.out, ".html") {
		a.format = "html"
	}
	if a.format != "json" {
		return a.showPage(page)
	}
	return a.write(func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(found)
	})
}
