package qbd

import (
	"strconv"

	"gonum.org/v1/gonum/mat"

	"github.com/headroom/headroom/queueing/internal/domain"
)

// maxOrder bounds the states of one level: with 1000 of them a solution takes
// seconds.
const maxOrder = 1000

// Level holds the rates (1/s) of the moves out of one level, a row for each of
// its states. Diagonals are not read, for a state is left at the sum of its
// rates. Down is nil at level 0.
type Level struct {
	Up    *mat.Dense // to the level above
	Local *mat.Dense // within the level
	Down  *mat.Dense // to the level below
}

// Process is a quasi-birth–death process: a Markov chain in continuous time over
// levels 0, 1, 2 …, each with several states, that moves one level at a time.
// Levels 0 … len(Start) − 1 are as Start lists them and may differ in size and
// rates; all higher ones are as Above says, and the last of Start has as many
// states as they.
type Process struct {
	Name  string // for messages
	Start []Level
	Above Level
}

// check wants blocks that fit together and rates that are finite and not
// negative.
func (p *Process) check() error {
	if len(p.Start) == 0 {
		return &domain.InputError{Station: p.Name, Parameter: "number of levels at the start", Value: 0, Want: "one or more"}
	}
	n, err := p.checkLevel(p.Above, aboveAll, true)
	if err != nil {
		return err
	}
	below := 0
	for i, l := range append(p.Start[:len(p.Start):len(p.Start)], p.Above) {
		where := "level " + strconv.Itoa(i)
		size := n
		if i < len(p.Start) {
			size, err = p.checkLevel(l, where, i > 0)
		}
		if err == nil && i > 0 {
			err = domain.First(
				p.fits(l.Down, "moves down from "+where, size, below),
				p.fits(p.Start[i-1].Up, "moves up to "+where, below, size))
		}
		if err != nil {
			return err
		}
		below = size
	}
	return p.fits(p.Above.Up, "moves up from the levels above", n, n)
}

// aboveAll names the levels above the start, which are looked at first.
const aboveAll = "the levels above"

func (p *Process) checkLevel(l Level, where string, down bool) (states int, err error) {
	if l.Up == nil || l.Local == nil || down && l.Down == nil {
		return 0, &domain.InputError{Station: p.Name, Parameter: "blocks given for " + where, Value: 0, Want: "Up, Local and, above level 0, Down"}
	}
	states, _ = l.Local.Dims()
	blocks := [3]*mat.Dense{l.Up, l.Local}
	if down {
		blocks[2] = l.Down
	}
	for _, b := range blocks {
		if b == nil || where != aboveAll && (b == p.Above.Up || b == p.Above.Local || b == p.Above.Down) {
			continue // seen before
		}
		if err := checkRates(p.Name, "rate of "+where, b, b == l.Local); err != nil {
			return 0, err
		}
	}
	return states, domain.First(
		domain.Count(p.Name, "number of states of "+where, states, 1, maxOrder),
		p.fits(l.Local, "moves within "+where, states, states))
}

func (p *Process) fits(b *mat.Dense, what string, rows, columns int) error {
	r, c := b.Dims()
	if r == rows && c == columns {
		return nil
	}
	return domain.First(
		domain.Count(p.Name, "rows of "+what, r, rows, rows),
		domain.Count(p.Name, "columns of "+what, c, columns, columns))
}

// checkRates wants rates, but for those on the diagonal where that is not read.
func checkRates(station, what string, b *mat.Dense, exceptDiagonal bool) error {
	r, _ := b.Dims()
	for i := range r {
		for j, v := range b.RawRowView(i) {
			if v >= 0 && v <= domain.MaxScale || exceptDiagonal && i == j {
				continue
			}
			if err := domain.Bounded(station, what, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// drift is the rate (1/s) of steps up and down of a process that is far from
// level 0.
func (p *Process) drift() (up, down float64, err error) {
	all := mat.DenseCopyOf(p.Above.Local)
	all.Add(all, p.Above.Up)
	all.Add(all, p.Above.Down)
	phase, err := longRunIn(all)
	if err != nil {
		return 0, 0, err
	}
	return dot(phase, rowSums(p.Above.Up)), dot(phase, rowSums(p.Above.Down)), nil
}

// caught is the error for a chain that falls apart.
func (p *Process) caught() error {
	return &domain.InputError{Station: p.Name, Parameter: "rate out of some states", Value: 0, Want: "a chain in which every state reaches every other"}
}
