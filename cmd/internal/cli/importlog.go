package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/profiles/logs"
	"github.com/headroom/headroom/reports"
)

// logFlags are those of import log.
type logFlags struct {
	format, fields, session, since, until, base, summary string
	routes                                               []string
	idle                                                 time.Duration
	maxBad                                               float64
	users                                                bool
}

func newImportLog(a *app) *cobra.Command {
	o := logFlags{idle: 30 * time.Minute, maxBad: 0.05}
	c := &cobra.Command{
		Use:   "log FILE...",
		Short: "Turn access logs into a scenario, and tell what is in them",
		Long: `import log reads access logs, plain or compressed by gzip, of one or several files
or of standard input (-), and makes the scenario of the same load: the arrivals of
the busy hour, the mix by route, a test that follows the log, and the requests to
ask for. With --out the scenario goes to that file and what the log tells to
standard output (--format text, markdown, json, csv, html); without, the scenario
goes to standard output. --summary FILE writes what it tells to a file too, in the
format of its extension.

The format is told by the first lines: the common and the combined log format, Caddy,
Envoy, AWS load balancers, lines of JSON by usual names, and HTTP archives.
--log-format names it, or is what is written in the configuration of nginx, Apache or
Envoy. (import har FILE makes a session of what a browser recorded, step by step;
import log FILE.har counts it as a log.)`,
		Example: `  headroom import log access.log -o shop.yaml
  headroom import log access.log*.gz -o shop.yaml --summary traffic.html
  headroom import log access.log --log-format '$remote_addr [$time_local] "$request" $status $request_time' -o shop.yaml
  headroom import log app.jsonl --fields time=ts,method=req.method,path=req.url,status=code,took=ms:ms
  kubectl logs deploy/ingress | headroom import log - --route '^GET /shop/=shop' -o shop.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("give one or more log files, or - for standard input")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.importLog(&o, args) },
	}
	f := c.Flags()
	f.StringVar(&o.format, "log-format", "", "combined, common, caddy, envoy, envoy-json, alb, json, har, or a format of nginx, Apache or Envoy (default: told by the first lines)")
	f.StringVar(&o.fields, "fields", "", "names of the values in lines of JSON, as time=ts,path=req.url,took=latency:ms")
	f.StringVar(&o.session, "session", "", "variable or field that tells sessions apart, as cookie_sid (default: address and agent)")
	f.DurationVar(&o.idle, "idle", o.idle, "pause that ends a session")
	f.StringArrayVar(&o.routes, "route", nil, "REGEXP=NAME: a name for the requests whose 'METHOD /path' matches (repeatable)")
	f.StringVar(&o.since, "since", "", "leave out requests before this time, as 2026-11-30T08:00:00Z")
	f.StringVar(&o.until, "until", "", "leave out requests from this time on")
	f.Float64Var(&o.maxBad, "max-bad", o.maxBad, "share of lines that may be unreadable")
	f.StringVar(&o.base, "base", "", "URL of the live system (default "+logs.DefaultBase+")")
	f.BoolVar(&o.users, "users", false, "make a closed load of the sessions: users who think, in place of arrivals")
	f.StringVar(&o.summary, "summary", "", "write what the log tells to this file: .html, .md, .json, .csv or text")
	return c
}

func (a *app) importLog(o *logFlags, args []string) error {
	if len(a.sets) > 0 {
		return usageError{errors.New("import log: --set overrides a scenario; give it to the command that reads the one made here")}
	}
	want, err := o.options()
	if err != nil {
		return usageError{fmt.Errorf("import log: %w", err)}
	}
	if !a.quiet && a.ErrTerminal {
		want.Progress = func(lines, bytes int64) {
			_, _ = fmt.Fprintf(a.Err, "\r%d lines, %d MB", lines, bytes>>20)
		}
	}
	r := logs.NewReader(want)
	for _, name := range args {
		if err := a.readLog(r, name); err != nil {
			return logError(err)
		}
	}
	if want.Progress != nil {
		_, _ = fmt.Fprint(a.Err, "\r\x1b[K")
	}
	t, err := r.Traffic()
	if err != nil {
		return logError(err)
	}
	for _, b := range r.Bad() {
		_, _ = fmt.Fprintf(a.Err, "note: %s\n", b)
	}
	if o.summary != "" {
		if err := a.writeSummary(o.summary, t); err != nil {
			return err
		}
	}
	made, err := logs.Scenario(t, logs.Want{Base: o.base, Users: o.users})
	if err != nil {
		return logError(err)
	}
	if err := a.deliver(made.Text, made.Notes); err != nil {
		return err
	}
	if a.out == "" || a.out == "-" {
		return nil
	}
	return a.showTraffic(a.Out, a.format, t)
}

// logError marks what is wrong with a log as a mistake in what was given.
func logError(err error) error {
	if logs.IsError(err) {
		return usageError{err}
	}
	return err
}

func (a *app) readLog(r *logs.Reader, name string) error {
	if name == "-" {
		return r.Read("stdin", a.In)
	}
	f, err := os.Open(name)
	if err != nil {
		return usageError{err}
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return usageError{fmt.Errorf("%s is a directory; name the files, as %s/*.log", name, name)}
	}
	return r.Read(name, f)
}

func (o *logFlags) options() (logs.Options, error) {
	want := logs.Options{Session: o.session, Idle: o.idle.Seconds(), MaxBad: o.maxBad}
	var err error
	switch {
	case o.idle <= 0:
		return want, errors.New("--idle wants more than 0")
	case !(o.maxBad > 0 && o.maxBad <= 1):
		return want, errors.New("--max-bad wants a share, more than 0 and at most 1")
	case o.format != "" && o.fields != "":
		return want, errors.New("--log-format and --fields both name the format; give one")
	case o.fields != "":
		want.Format, err = logs.Fields(o.fields, o.session)
	case o.format == "har":
		want.Format = &logs.Format{Name: "har"}
	case o.format != "":
		want.Format, err = logs.Named(o.format, o.session)
	}
	if err != nil {
		return want, err
	}
	for _, text := range o.routes {
		rule, err := logs.ParseRule(text)
		if err != nil {
			return want, err
		}
		want.Rules = append(want.Rules, rule)
	}
	if want.Since, err = instantFlag("--since", o.since); err != nil {
		return want, err
	}
	want.Until, err = instantFlag("--until", o.until)
	return want, err
}

// instantFlag reads a time of day.
func instantFlag(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s %q: want a time as 2026-11-30T08:00:00Z, 2026-11-30 08:00 (UTC) or 2026-11-30", flag, text)
}

// writeSummary writes what a log tells in the format of the file's extension.
func (a *app) writeSummary(file string, t *measure.Traffic) error {
	format := map[string]string{".html": "html", ".htm": "html", ".md": "markdown", ".json": "json", ".csv": "csv"}[strings.ToLower(filepath.Ext(file))]
	var b strings.Builder
	if err := a.renderTraffic(&b, format, t, reports.Style{}); err != nil {
		return err
	}
	return writeFile(file, []byte(b.String()))
}

func (a *app) showTraffic(w io.Writer, format string, t *measure.Traffic) error {
	return a.renderTraffic(w, format, t, reports.Style{Color: a.colour(a.color)})
}

func (a *app) renderTraffic(w io.Writer, format string, t *measure.Traffic, s reports.Style) error {
	switch format {
	case "json":
		return reports.TrafficJSON(w, t)
	case "markdown":
		return reports.TrafficMarkdown(w, t)
	case "csv":
		return reports.TrafficCSV(w, t)
	case "html":
		return reports.TrafficHTML(w, t, a.command())
	}
	return reports.TrafficText(w, t, s)
}
