package reports

import (
	"fmt"
	"slices"

	"github.com/headroom/headroom/measure"
)

// Chapter is what a page says besides its results: sentences, and a table.
type Chapter struct {
	Title     string
	Sentences []string
	Columns   []ChapterColumn
	Rows      [][]string // a text for each column; figures as [Seconds] and its like write them
	Pictures  []Picture  // over the table, on pages that can show them
}

// ChapterColumn is a column of the table of a [Chapter].
type ChapterColumn struct {
	Head    string
	Numeric bool // aligned right
}

// chapter is a Chapter as renderers read it.
type chapter struct {
	title     string
	sentences []string
	table     *table
	pictures  []Picture
}

func (p *Page) chapters() []chapter {
	var out []chapter
	for i, c := range slices.Concat(p.targetChapters(), p.Chapters) {
		t := &table{id: fmt.Sprintf("chapter%d", i), title: c.Title}
		for _, col := range c.Columns {
			t.columns = append(t.columns, column{head: col.Head, numeric: col.Numeric})
		}
		last := ""
		for _, texts := range c.Rows {
			r := row{first: len(texts) > 0 && texts[0] != last}
			for j := range t.columns {
				text := missing
				if j < len(texts) {
					text = texts[j]
				}
				r.cells = append(r.cells, plain(text))
			}
			if len(texts) > 0 {
				last = texts[0]
			}
			t.rows = append(t.rows, r)
		}
		out = append(out, chapter{c.Title, c.Sentences, t, c.Pictures})
	}
	return out
}

// Seconds writes a time (s) to three digits in the unit that suits it, as "25.0 ms".
func Seconds(v float64) string { return seconds.text(v) }

// SecondsWithin writes a time (s) with its interval, as "25.0 ±0.3 ms".
func SecondsWithin(e measure.Estimate) string { return seconds.estimate(e) }

// PerSecond writes a rate (1/s), as "12.3 k/s".
func PerSecond(v float64) string { return perSecond.text(v) }

// Share writes a share (1) in per cent, as "44.7 %".
func Share(v float64) string { return share.text(v) }

// Number writes a number (1) to three digits, without zeros at the end.
func Number(v float64) string { return number.plain(v) }

// Change writes a relative difference (1) with its sign, as "+3.2 %".
func Change(v float64) string { return percent(v) }
