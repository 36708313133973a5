package foreign

import (
	"strconv"
	"strings"

	"github.com/headroom/headroom/scenarios/holes"
)

// word is a word of a command. Variables of the shell are holes in it, and what
// would look like a hole is quoted.
type word struct {
	text string
	line int
}

// commands are the curl commands of a script: its words by the quoting of a
// POSIX shell, and $'…' of bash, which browsers use.
func commands(r *report, src string) [][]word {
	s := &shell{report: r, src: strings.ReplaceAll(strings.TrimPrefix(src, "\ufeff"), "\r\n", "\n"), line: 1}
	if len(src) > MaxSize {
		r.fail(0, "the file has more than %d MiB", MaxSize>>20)
		return nil
	}
	for s.i < len(s.src) && len(r.mistakes) == 0 {
		s.step()
	}
	s.endCommand()
	return s.out
}

type shell struct {
	*report
	src     string
	i       int
	line    int
	out     [][]word
	command []word
	literal strings.Builder // of the word, since the last hole
	word    strings.Builder
	inWord  bool
	began   int // line of the word
}

func (s *shell) rest() string { return s.src[s.i:] }

// put adds a literal character to the word.
func (s *shell) put(text string) {
	s.begin()
	s.literal.WriteString(text)
}

func (s *shell) begin() {
	if !s.inWord {
		s.inWord, s.began = true, s.line
	}
}

func (s *shell) flush() {
	s.word.WriteString(holes.Quote(s.literal.String()))
	s.literal.Reset()
}

func (s *shell) endWord() {
	if !s.inWord {
		return
	}
	s.flush()
	s.command = append(s.command, word{s.word.String(), s.began})
	s.word.Reset()
	s.inWord = false
}

func (s *shell) endCommand() {
	s.endWord()
	words := s.command
	s.command = nil
	for len(words) > 0 && (words[0].text == "$" || strings.Contains(words[0].text, "=")) { // a prompt, or a variable set
		words = words[1:]
	}
	if len(words) == 0 {
		return
	}
	name := words[0].text[strings.LastIndexByte(words[0].text, '/')+1:]
	if strings.TrimSuffix(name, ".exe") == "curl" {
		s.out = append(s.out, words)
		return
	}
	if name != "set" && name != "export" && name != "echo" {
		s.note(words[0].line, "", "command "+shorten(name), "left out")
	}
}

// step reads what stands at the place.
func (s *shell) step() {
	rest := s.rest()
	c := rest[0]
	switch {
	case strings.HasPrefix(rest, "\\\n"):
		s.line++
		s.i += 2
	case c == '\\' && len(rest) > 1:
		s.put(rest[1:2])
		s.i += 2
	case c == '\n', c == ';', c == '|', c == '&':
		s.endCommand()
		if c == '\n' {
			s.line++
		}
		s.i++
	case c == ' ' || c == '\t':
		s.endWord()
		s.i++
	case c == '#' && !s.inWord:
		end := strings.IndexByte(rest, '\n')
		if end < 0 {
			end = len(rest)
		}
		s.i += end
	case c == '^' && len(rest) > 1 && strings.IndexByte("\"\n^%&", rest[1]) >= 0:
		s.fail(s.line, "quoted for the command line of Windows; copy it as cURL (bash)")
	case c == '\'':
		s.single()
	case c == '"':
		s.double()
	case strings.HasPrefix(rest, "$'"):
		s.dollar()
	case c == '$':
		s.variable()
	case c == '`', (c == '<' || c == '>') && !s.inWord:
		s.fail(s.line, "%q, which only a shell can carry out", string(c))
	default:
		s.put(rest[:1])
		s.i++
	}
}

func (s *shell) single() {
	s.begin()
	end := strings.IndexByte(s.rest()[1:], '\'')
	if end < 0 {
		s.fail(s.line, "a ' without another")
		return
	}
	text := s.rest()[1 : 1+end]
	s.put(text)
	s.line += strings.Count(text, "\n")
	s.i += end + 2
}

func (s *shell) double() {
	s.begin()
	line := s.line
	for s.i++; s.i < len(s.src); {
		rest := s.rest()
		switch {
		case rest[0] == '"':
			s.i++
			return
		case strings.HasPrefix(rest, "\\\n"):
			s.line++
			s.i += 2
		case rest[0] == '\\' && len(rest) > 1 && strings.IndexByte("\"\\$`", rest[1]) >= 0:
			s.put(rest[1:2])
			s.i += 2
		case rest[0] == '$':
			if s.variable(); len(s.mistakes) > 0 {
				return
			}
		case rest[0] == '`':
			s.fail(s.line, "\"`\", which only a shell can carry out")
			return
		default:
			if rest[0] == '\n' {
				s.line++
			}
			s.put(rest[:1])
			s.i++
		}
	}
	s.fail(line, "a \" without another")
}

// variable reads $NAME or ${NAME}: a hole for the environment.
func (s *shell) variable() {
	rest := s.rest()[1:]
	var name string
	var length int
	braced := strings.HasPrefix(rest, "{")
	if braced {
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			s.fail(s.line, "${ without }")
			return
		}
		name, length = rest[1:end], end+1
	} else {
		end := 0
		for end < len(rest) && (rest[end] == '_' || rest[end] >= '0' && rest[end] <= '9' || rest[end]|0x20 >= 'a' && rest[end]|0x20 <= 'z') {
			end++
		}
		name, length = rest[:end], end
	}
	switch _, err := holes.Parse("${env:" + name + "}"); {
	case name == "" && !braced && !strings.HasPrefix(rest, "("): // a $ by itself
		s.put("$")
		s.i++
	case err != nil || strings.HasPrefix(rest, "("):
		s.fail(s.line, "$%s, which only a shell can carry out", shorten(strings.SplitN(rest, "\n", 2)[0]))
	default:
		s.begin()
		s.flush()
		s.word.WriteString("${env:" + name + "}")
		s.i += 1 + length
	}
}

// dollar reads $'…', in which a backslash escapes as in C.
func (s *shell) dollar() {
	s.begin()
	line := s.line
	for s.i += 2; s.i < len(s.src); {
		rest := s.rest()
		switch {
		case rest[0] == '\'':
			s.i++
			return
		case rest[0] == '\\' && len(rest) > 1:
			s.escape(rest[1:])
		default:
			if rest[0] == '\n' {
				s.line++
			}
			s.put(rest[:1])
			s.i++
		}
	}
	s.fail(line, "a $' without another '")
}

// escape reads an escape of $'…' after its backslash.
func (s *shell) escape(rest string) {
	simple := map[byte]string{'n': "\n", 't': "\t", 'r': "\r", 'a': "\a", 'b': "\b", 'f': "\f", 'v': "\v", 'e': "\x1b", '\\': `\`, '\'': "'", '"': `"`, '?': "?"}
	if text, ok := simple[rest[0]]; ok {
		s.put(text)
		s.i += 2
		return
	}
	most := map[byte]int{'x': 2, 'u': 4, 'U': 8}[rest[0]]
	end := 1
	for end <= most && end < len(rest) && strings.IndexByte("0123456789abcdefABCDEF", rest[end]) >= 0 {
		end++
	}
	n, err := strconv.ParseUint(rest[1:end], 16, 32)
	switch {
	case most == 0 || err != nil:
		s.put(`\` + rest[:1])
		s.i += 2
		return
	case rest[0] == 'x':
		s.put(string([]byte{byte(n)}))
	default:
		s.put(string(rune(n)))
	}
	s.i += 1 + end
}
