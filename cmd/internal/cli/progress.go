package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// progress shows how far long work is: one line that is written over on a
// terminal, a plain line every ten seconds elsewhere, nothing when quiet.
type progress struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	quiet    bool
	width    int
	now      func() time.Time

	stage   string
	then    time.Duration // about how long what follows the stage will take
	began   time.Time
	last    time.Time
	written bool // whether a line that can be written over stands on the terminal
}

const (
	redrawEvery = 100 * time.Millisecond
	plainEvery  = 10 * time.Second
)

func newProgress(s Streams, quiet bool) *progress {
	width := s.Width
	if width <= 0 {
		width = 80
	}
	return &progress{w: s.Err, terminal: s.ErrTerminal, quiet: quiet, width: width, now: time.Now}
}

// Stage begins a part of the work; what follows it takes about then.
func (p *progress) Stage(name string, then time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stage, p.then, p.began, p.last = name, then, p.now(), time.Time{}
	if p.quiet || p.terminal {
		return
	}
	p.last = p.began
	if then >= 5*time.Second {
		name += fmt.Sprintf(", then about %v", then.Round(time.Second))
	}
	_, _ = fmt.Fprintln(p.w, name)
}

// Update says how much of the stage is done, from 0 to 1, and anything else
// worth knowing.
func (p *progress) Update(done float64, note string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	every := plainEvery
	if p.terminal {
		every = redrawEvery
	}
	now := p.now()
	if p.quiet || now.Sub(p.last) < every {
		return
	}
	p.last = now
	line := p.line(done, note, now)
	if p.terminal {
		p.overwrite(line)
		return
	}
	_, _ = fmt.Fprintln(p.w, line)
}

// Done clears the line.
func (p *progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.written {
		_, _ = fmt.Fprint(p.w, "\r\x1b[K")
		p.written = false
	}
}

func (p *progress) line(done float64, note string, now time.Time) string {
	done = min(max(done, 0), 1)
	parts := []string{p.stage}
	if p.terminal {
		const cells = 20
		full := int(done*cells + 0.5)
		parts = append(parts, strings.Repeat("━", full)+strings.Repeat("─", cells-full))
	}
	parts = append(parts, fmt.Sprintf("%3.0f %%", 100*done))
	// A rate measured over less than a twentieth of the work says little.
	if spent := now.Sub(p.began); done > 0.05 && done < 1 && spent > time.Second {
		left := time.Duration(float64(spent) * (1 - done) / done)
		text := left.Round(time.Second).String() + " left"
		if p.then >= 5*time.Second {
			text += fmt.Sprintf(", then about %v", p.then.Round(time.Second))
		}
		parts = append(parts, text)
	}
	if note != "" {
		parts = append(parts, note)
	}
	return strings.Join(parts, "  ")
}

func (p *progress) overwrite(line string) {
	if r := []rune(line); len(r) > p.width-1 {
		line = string(r[:p.width-1])
	}
	_, _ = fmt.Fprintf(p.w, "\r\x1b[K%s", line)
	p.written = true
}
