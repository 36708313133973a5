// Package live shows a load while it runs: on a terminal, as plain lines where
// there is none, and as a page for a browser with a page for Prometheus beside
// it. What it shows is a [loadtest.Snapshot]; it computes nothing.
package live

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/reports"
)

// Screen is where a dashboard is drawn.
type Screen struct {
	W        io.Writer
	Terminal bool // lines can be written over
	Colour   bool
	Width    int // columns; 0 means 80
	Quiet    bool
	Now      func() time.Time // nil means time.Now
}

// Dashboard draws snapshots as they come: over and over in the same place on a
// terminal, as a line every few seconds elsewhere.
type Dashboard struct {
	screen Screen
	title  string

	mu     sync.Mutex
	rows   int // that stand on the terminal, to be written over
	last   time.Time
	phase  string
	tails  []float64 // the p99 of all, one a second (s)
	second int
	over   bool
}

// plainEvery is the time between two lines where there is no terminal.
const plainEvery = 5 * time.Second

// NewDashboard begins a dashboard under a title, such as "shop on http://localhost".
func NewDashboard(s Screen, title string) *Dashboard {
	if s.Width <= 0 {
		s.Width = 80
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	d := &Dashboard{screen: s, title: title}
	if !s.Quiet && !s.Terminal {
		_, _ = fmt.Fprintln(s.W, "loading "+title)
		d.last = s.Now()
	}
	return d
}

// Show draws a snapshot, or leaves it where the last one is recent enough.
func (d *Dashboard) Show(s *loadtest.Snapshot) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.screen.Quiet || d.over {
		return
	}
	now := d.screen.Now()
	if d.screen.Terminal {
		d.remember(s)
		d.draw(s)
		return
	}
	if now.Sub(d.last) < plainEvery && s.Phase == d.phase {
		return
	}
	if s.Phase == d.phase || d.phase != "" { // the first snapshot of all says nothing yet
		_, _ = fmt.Fprintln(d.screen.W, PlainLine(s))
		d.last = now
	}
	d.phase = s.Phase
}

// Done takes the dashboard off the terminal.
func (d *Dashboard) Done() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over = true
	d.back()
}

// back puts the cursor where the dashboard begins, and clears from there on.
func (d *Dashboard) back() {
	if d.rows > 0 {
		_, _ = fmt.Fprintf(d.screen.W, "\r\x1b[%dA\x1b[J", d.rows)
		d.rows = 0
	}
}

// remember keeps a value a second for the small curve.
func (d *Dashboard) remember(s *loadtest.Snapshot) {
	if second := int(s.Elapsed); second != d.second || len(d.tails) == 0 {
		d.second = second
		d.tails = append(d.tails, s.All.P99)
		if len(d.tails) > 60 {
			d.tails = d.tails[1:]
		}
	}
}

func (d *Dashboard) draw(s *loadtest.Snapshot) {
	lines := d.lines(s)
	d.back()
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	_, _ = io.WriteString(d.screen.W, b.String())
	d.rows = len(lines)
}

// Styles of a terminal; nothing is said by colour alone.
const (
	bold  = "\x1b[1m"
	faint = "\x1b[2m"
	red   = "\x1b[31m"
	plain = "\x1b[0m"
)

func (d *Dashboard) styled(style, text string) string {
	if !d.screen.Colour || style == "" {
		return text
	}
	return style + text + plain
}

// lines are the dashboard, each no wider than the terminal.
func (d *Dashboard) lines(s *loadtest.Snapshot) []string {
	width := d.screen.Width - 1 // a full line would wrap on some terminals
	out := []string{d.styled(bold, clip(d.title, width)), clip(progressLine(s), width)}
	names := 8
	for i := range s.Workloads {
		names = min(max(names, utf8.RuneCountInString(s.Workloads[i].Name)), 20)
	}
	show := columnsFor(width - names)
	out = append(out, d.styled(faint, clip(row(names, "", columns(), show), width)))
	const most = 12 // workloads that are shown
	for i := range s.Workloads[:min(len(s.Workloads), most)] {
		out = append(out, d.fare(names, s.Workloads[i].Name, &s.Workloads[i], show))
	}
	if len(s.Workloads) > most {
		out = append(out, clip(fmt.Sprintf("… and %d more", len(s.Workloads)-most), width))
	}
	if len(s.Workloads) > 1 {
		out = append(out, d.fare(names, "all", &s.All, show))
	}
	if curve := sparkline(d.tails); curve != "" {
		out = append(out, clip("p99 of all, by the second  "+curve, width))
	}
	if reasons := failures(&s.All); reasons != "" {
		out = append(out, d.styled(red, clip(reasons, width)))
	}
	return out
}

func progressLine(s *loadtest.Snapshot) string {
	const cells = 24
	total := s.Elapsed + s.Left
	full := 0
	if total > 0 {
		full = int(cells*s.Elapsed/total + 0.5)
	}
	return fmt.Sprintf("%s%s  %s  %s, %s left", strings.Repeat("━", full), strings.Repeat("─", cells-full), s.Phase, span(s.Elapsed), span(s.Left))
}

func span(x float64) string {
	return time.Duration(x * float64(time.Second)).Round(time.Second).String()
}

// columns are the heads of the table.
func columns() []string {
	return []string{"rate", "offered", "errors", "p50", "p90", "p99", "max", "late", "in flight"}
}

const cellWidth = 10

// columnsFor picks the columns that there is room for: a narrow terminal does
// without those that matter least.
func columnsFor(width int) []bool {
	show := make([]bool, len(columns()))
	for i := range show {
		show[i] = true
	}
	left := len(show)
	for _, minor := range []string{"max", "late", "p90", "offered", "p50"} {
		if left*cellWidth <= width {
			break
		}
		show[slices.Index(columns(), minor)] = false
		left--
	}
	return show
}

func row(names int, name string, cells []string, show []bool) string {
	var b strings.Builder
	b.WriteString(pad(clip(name, names), names, false))
	for i, c := range cells {
		if show[i] {
			b.WriteString(pad(c, cellWidth, true))
		}
	}
	return b.String()
}

func pad(text string, width int, right bool) string {
	room := strings.Repeat(" ", max(width-utf8.RuneCountInString(text), 0))
	if right {
		return room + text
	}
	return text + room
}

func clip(text string, width int) string {
	if r := []rune(text); len(r) > width {
		return string(r[:max(width-1, 0)]) + "…"
	}
	return text
}

func (d *Dashboard) fare(names int, name string, f *loadtest.Fare, show []bool) string {
	style := ""
	if f.ErrorShare > 0 {
		style = red
	}
	cells := []string{
		known(f.Rate, reports.PerSecond), known(f.Offered, reports.PerSecond), known(f.ErrorShare, reports.Share),
		known(f.P50, reports.Seconds), known(f.P90, reports.Seconds), known(f.P99, reports.Seconds), known(f.Max, reports.Seconds),
		known(f.Late, reports.Seconds), fmt.Sprint(f.InFlight),
	}
	return d.styled(style, clip(row(names, name, cells, show), d.screen.Width-1))
}

func known(x float64, as func(float64) string) string {
	if math.IsNaN(x) {
		return "–"
	}
	return as(x)
}

// failures says what failed since the start, or nothing.
func failures(f *loadtest.Fare) string {
	if f.Failed == 0 {
		return ""
	}
	var parts []string
	for reason, n := range sorted(f.Failures) {
		parts = append(parts, fmt.Sprintf("%d %s", n, reason))
	}
	return fmt.Sprintf("✗ %d of %d failed: %s", f.Failed, f.Ended, strings.Join(parts, ", "))
}

// PlainLine is a snapshot in one line.
func PlainLine(s *loadtest.Snapshot) string {
	f := &s.All
	line := fmt.Sprintf("%s, %s left  %s  %s (%s offered)  errors %s  p50 %s  p99 %s  %d in flight", span(s.Elapsed), span(s.Left), s.Phase,
		known(f.Rate, reports.PerSecond), known(f.Offered, reports.PerSecond), known(f.ErrorShare, reports.Share),
		known(f.P50, reports.Seconds), known(f.P99, reports.Seconds), f.InFlight)
	if why := failures(f); why != "" {
		line += "  " + why
	}
	return line
}

// sparkline draws values between none and the largest with eighths of a block.
func sparkline(values []float64) string {
	most := 0.0
	for _, x := range values {
		if !math.IsNaN(x) {
			most = max(most, x)
		}
	}
	if most == 0 {
		return ""
	}
	var b strings.Builder
	for _, x := range values {
		if math.IsNaN(x) {
			b.WriteByte(' ')
			continue
		}
		b.WriteRune([]rune("▁▂▃▄▅▆▇█")[min(int(8*x/most), 7)])
	}
	return b.String()
}
