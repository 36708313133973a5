package yamlx

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// unreadable finds the first thing that makes a text no text: its size, an
// encoding other than UTF-8, or characters that no editor shows.
func unreadable(src []byte) (Problem, bool) {
	if len(src) > MaxSize {
		return TooLarge(int64(len(src))), true
	}
	if bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
		return Problem{Line: 1, Column: 1, Msg: "the file is UTF-16", Hint: "save it as UTF-8"}, true
	}
	line, column := 1, 1
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if msg := invisible(r, size, src[i]); msg != "" {
			if bytes.IndexByte(src, 0) >= 0 {
				msg = "a binary file, not text"
			}
			return Problem{Line: line, Column: column, Msg: msg, Hint: "a scenario is a text file in UTF-8; is this the right file?"}, true
		}
		i += size
		switch {
		case r == '\n', r == '\r' && (i >= len(src) || src[i] != '\n'):
			line, column = line+1, 1
		case r != '\r':
			column++
		}
	}
	return Problem{}, false
}

// invisible says what is wrong with a character, or "".
func invisible(r rune, size int, first byte) string {
	switch {
	case r == utf8.RuneError && size <= 1:
		return fmt.Sprintf("not UTF-8: byte 0x%02x", first)
	case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0x7f, r >= 0x80 && r < 0xa0:
		return fmt.Sprintf("control character U+%04X", r)
	case r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return fmt.Sprintf("invisible character U+%04X", r)
	}
	return ""
}
