package logs

import (
	"bytes"
	"slices"
)

// commonLength is that of 10/Oct/2000:13:55:36 -0700, which has a space.
const commonLength = 26

// pattern is a format of lines of text: pieces with what stands between them.
type pattern struct{ pieces []piece }

// piece is a text that stands there, then a field up to where the next piece
// begins.
type piece struct {
	before []byte
	field  field
	unit   float64 // of a time (s)
	quoted bool    // ends at a quote that no backslash escapes
	fixed  bool    // has the length of a stamp of the common log format
}

// parse reads a line; false where it is not of the format. A line may go on
// after the last piece.
func (p *pattern) parse(line []byte, e *Entry) bool {
	at := 0
	for i := range p.pieces {
		one := &p.pieces[i]
		if !bytes.HasPrefix(line[at:], one.before) {
			return false
		}
		at += len(one.before)
		end := p.end(i, line, at)
		if end < 0 {
			return false
		}
		if one.field != skipped && !e.set(one.field, one.unit, line[at:end]) {
			return false
		}
		at = end
	}
	return true
}

// end is where the field of a piece ends.
func (p *pattern) end(i int, line []byte, at int) int {
	if p.pieces[i].fixed {
		if at+commonLength > len(line) {
			return -1
		}
		return at + commonLength
	}
	if i+1 == len(p.pieces) {
		if n := bytes.IndexByte(line[at:], ' '); n >= 0 && !p.pieces[i].quoted {
			return at + n
		}
		return len(line)
	}
	stop := p.pieces[i+1].before
	if p.pieces[i].quoted {
		for j := at; j < len(line); j++ {
			if line[j] == '\\' {
				j++
			} else if line[j] == '"' {
				return j
			}
		}
		return -1
	}
	if len(stop) == 1 {
		if n := bytes.IndexByte(line[at:], stop[0]); n >= 0 {
			return at + n
		}
		return -1
	}
	if n := bytes.Index(line[at:], stop); n >= 0 {
		return at + n
	}
	return -1
}

// finish readies a pattern of fields and of the texts between them; what is
// left after the last field is a piece by itself.
func finish(pieces []piece, rest string) *pattern {
	if rest != "" {
		pieces = append(pieces, piece{before: []byte(rest), field: skipped})
	}
	finer := slices.ContainsFunc(pieces, func(one piece) bool { return one.field == stamp })
	for i := range pieces {
		one := &pieces[i]
		if one.field == clfStamp {
			one.fixed = true
			if finer {
				one.field = skipped
			}
		}
		if n := len(one.before); n > 0 && one.before[n-1] == '"' && i+1 < len(pieces) {
			next := pieces[i+1].before
			one.quoted = len(next) > 0 && next[0] == '"'
		}
	}
	return &pattern{pieces: pieces}
}
