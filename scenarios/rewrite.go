package scenarios

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// Edit is one value to be put into the text of a scenario.
type Edit struct {
	Path  string      // as in an override: "services.web.operations.checkout[0].cpu"
	Value string      // as the language writes it: "exp(4ms)"
	From  *Provenance // goes into a comment behind the value; nil leaves comments alone
}

// Rewrite sets values in the text of a scenario and keeps everything else byte
// for byte: comments, order, spaces, line ends. A key that is missing is added
// where its parent exists. What a comment says besides a provenance stays in it.
//
// The result is read again and compared value by value; a text in which an edit
// would change anything else (an alias, a value over several lines) is an error,
// as is JSON where a provenance is to be written, which has no comments.
func Rewrite(file string, src []byte, edits []Edit) ([]byte, Diagnostics) {
	t, diags := readText(file, src)
	if t == nil || len(diags) > 0 {
		return nil, diags
	}
	for _, e := range edits {
		t.put(e)
	}
	if len(t.diags) > 0 {
		return nil, t.diags.sorted()
	}
	out := t.apply()
	if d := t.verify(file, out, edits); d != nil {
		return nil, d
	}
	return out, nil
}

// text is the text of a scenario and what stands where in it.
type text struct {
	src     []byte
	start   []int // byte at which each line begins, and the end of the text
	root    *yamlx.Node
	source  *yamlx.Source
	nodes   map[string]*yamlx.Node // by path
	paths   []string               // in order of the text
	last    map[int]int            // by line: the byte at which its last word ends
	splices []splice
	notes   map[int][]note // by line
	diags   Diagnostics
}

// splice replaces the bytes from from to to.
type splice struct {
	from, to int
	with     string
}

// note is a provenance for the comment of a line.
type note struct{ path, text string }

func readText(file string, src []byte) (*text, Diagnostics) {
	spec, diags := ReadSpec(file, src)
	if spec == nil || len(diags) > 0 {
		return nil, diags
	}
	t := &text{src: src, root: spec.root, source: spec.root.Source, nodes: map[string]*yamlx.Node{}, last: map[int]int{}, notes: map[int][]note{}}
	t.lines()
	t.visit("", spec.root)
	return t, nil
}

// lines finds where lines begin, as YAML splits them.
func (t *text) lines() {
	at := len(t.src) - len(bytes.TrimPrefix(t.src, []byte("\xef\xbb\xbf")))
	t.start = append(t.start, at)
	for i := at; i < len(t.src); i++ {
		if c := t.src[i]; c == '\n' || c == '\r' && (i+1 == len(t.src) || t.src[i+1] != '\n') {
			t.start = append(t.start, i+1)
		}
	}
	t.start = append(t.start, len(t.src))
}

// line is line n, from 1, without its end.
func (t *text) line(n int) []byte {
	return bytes.TrimRight(t.src[t.start[n-1]:t.start[n]], "\r\n")
}

// offset is the byte at which a node begins.
func (t *text) offset(n *yamlx.Node) int {
	at := t.start[n.Line-1]
	for range n.Column - 1 {
		_, size := utf8.DecodeRune(t.src[at:])
		at += size
	}
	return at
}

// span is where a value stands; false where the text has it in another form.
func (t *text) span(n *yamlx.Node) (from, to int, ok bool) {
	from = t.offset(n)
	if n.Kind == yamlx.Null {
		to = from
		if rest := t.src[from:]; bytes.HasPrefix(rest, []byte("null")) {
			to += 4
		} else if bytes.HasPrefix(rest, []byte("~")) {
			to++
		}
		return from, to, to > from
	}
	if n.Quoted && from < len(t.src) {
		for _, quote := range []string{`"`, `'`} {
			whole := quote + n.Text + quote
			if bytes.HasPrefix(t.src[from:], []byte(whole)) {
				return from, from + len(whole), true
			}
		}
		return from, from, false
	}
	return from, from + len(n.Text), bytes.HasPrefix(t.src[from:], []byte(n.Text))
}

// visit notes a node and all within it.
func (t *text) visit(path string, n *yamlx.Node) {
	if path != "" {
		t.nodes[path] = n
		t.paths = append(t.paths, path)
	}
	t.word(n)
	for i, item := range n.Items {
		t.visit(fmt.Sprintf("%s[%d]", path, i), item)
	}
	for _, e := range n.Entries {
		t.word(e.Key)
		t.visit(strings.TrimPrefix(path+"."+e.Key.Text, "."), e.Value)
	}
}

// word moves the end of a line's last word. A word that is not in the text as it
// is leaves its line without one that is known.
func (t *text) word(n *yamlx.Node) {
	if n.Kind != yamlx.Scalar {
		return
	}
	_, to, ok := t.span(n)
	if !ok {
		to = len(t.src)
	}
	t.last[n.Line] = max(t.last[n.Line], to)
}

func (t *text) fail(n *yamlx.Node, path, hint, format string, args ...any) {
	d := atNode(n)
	d.Path, d.Msg, d.Hint = path, fmt.Sprintf(format, args...), hint
	t.diags = append(t.diags, d)
}

// put makes the splices of one edit.
func (t *text) put(e Edit) {
	n := t.nodes[e.Path]
	if strings.ContainsAny(e.Value, "\r\n#") || strings.TrimSpace(e.Value) != e.Value || e.Value == "" {
		t.fail(t.root, e.Path, "", "%q is not a value of one line", shorten(e.Value))
		return
	}
	if e.From != nil && t.root.Flow {
		t.fail(t.root, e.Path, "write the scenario as YAML", "JSON has no comments to say where a value comes from")
		return
	}
	if n == nil {
		t.add(e)
		return
	}
	from, to, ok := t.span(n)
	switch {
	case n.Kind == yamlx.Mapping || n.Kind == yamlx.Sequence:
		t.fail(n, e.Path, "name what is within it", "%s; want a value to replace", found(n))
		return
	case !ok:
		t.fail(n, e.Path, "write it on one line, in plain style", "this value cannot be replaced as it stands")
		return
	}
	value := e.Value
	if n.Quoted {
		quote := string(t.src[from])
		value = quote + value + quote
	}
	t.splices = append(t.splices, splice{from, to, value})
	t.note(n.Line, e)
}

func (t *text) note(line int, e Edit) {
	if e.From == nil {
		return
	}
	f, ok := figureOf(e.Value)
	if !ok {
		f = figure{of: aCount}
	}
	t.notes[line] = append(t.notes[line], note{e.Path, e.From.write(f)})
}

// add puts a key that is missing before the first of its siblings, or a section
// of its own at the end of the text.
func (t *text) add(e Edit) {
	cut := strings.LastIndexByte(e.Path, '.')
	key := e.Path[cut+1:]
	if cut < 0 || key == "" || strings.ContainsAny(key, "[]") {
		t.fail(t.root, e.Path, "", "there is no %s in this scenario", e.Path)
		return
	}
	comment := ""
	if e.From != nil {
		if f, ok := figureOf(e.Value); ok {
			comment = "  # " + e.From.write(f)
		}
	}
	parent := t.nodes[e.Path[:cut]]
	switch {
	case parent == nil && !strings.ContainsAny(e.Path[:cut], ".[") && !t.root.Flow:
		nl := "\n"
		if bytes.Contains(t.src, []byte("\r\n")) {
			nl = "\r\n"
		}
		lead := ""
		if len(t.src) > 0 && t.src[len(t.src)-1] != '\n' {
			lead = nl
		}
		t.splices = append(t.splices, splice{len(t.src), len(t.src), lead + e.Path[:cut] + ":" + nl + "  " + key + ": " + e.Value + comment + nl})
	case parent == nil || parent.Kind != yamlx.Mapping || len(parent.Entries) == 0:
		t.fail(t.root, e.Path, "add it by hand, and run this again", "there is no %s in this scenario to add %s to", e.Path[:cut], key)
	case parent.Flow:
		first := parent.Entries[0].Key
		at := t.offset(first)
		t.splices = append(t.splices, splice{at, at, key + ": " + e.Value + ", "})
		t.note(first.Line, e)
	default:
		first := parent.Entries[0].Key
		at := t.offset(first)
		line := t.line(first.Line)
		nl := string(t.src[t.start[first.Line-1]+len(line) : t.start[first.Line]])
		if nl == "" {
			nl = "\n"
		}
		t.splices = append(t.splices, splice{at, at, key + ": " + e.Value + comment + nl + strings.Repeat(" ", first.Column-1)})
	}
}

// apply cuts and pastes, from the end to the start.
func (t *text) apply() []byte {
	for line, notes := range t.notes {
		t.splices = append(t.splices, t.comment(line, notes))
	}
	slices.SortStableFunc(t.splices, func(a, b splice) int { return b.from - a.from })
	out := slices.Clone(t.src)
	for _, s := range t.splices {
		out = slices.Replace(out, s.from, s.to, []byte(s.with)...)
	}
	return out
}

// comment finds the comment of a line: the byte of its #, or -1, and its text.
func (t *text) commentOf(line int) (at int, comment string) {
	end := t.start[line-1] + len(t.line(line))
	from := t.last[line]
	if from == 0 || from > end {
		return -1, ""
	}
	for i := from; i < end; i++ {
		if c := t.src[i]; c == '#' && (t.src[i-1] == ' ' || t.src[i-1] == '\t') {
			return i, strings.TrimSpace(string(t.src[i+1 : end]))
		}
	}
	return -1, ""
}

// comment is the splice that puts notes into the comment of a line. What stood
// there of the same values goes; the rest stays behind them.
func (t *text) comment(line int, notes []note) splice {
	at, old := t.commentOf(line)
	end := t.start[line-1] + len(t.line(line))
	var parts []string
	told := map[string]bool{}
	for _, n := range notes {
		told[n.path] = true
		parts = append(parts, t.suffix(n.path, line)+n.text)
	}
	if at >= 0 {
		texts, provenances := clauses(old)
		for i, p := range provenances {
			if p != nil {
				if path, ok := t.meant(p.of, line); ok && told[path] {
					continue
				}
			}
			if texts[i] != "" {
				parts = append(parts, texts[i])
			}
		}
		return splice{at, end, "# " + strings.Join(parts, "; ")}
	}
	blank := len(bytes.TrimRight(t.line(line), " \t"))
	return splice{t.start[line-1] + blank, end, "  # " + strings.Join(parts, "; ")}
}

// onLine is the paths of the figures of a line.
func (t *text) onLine(line int) []string {
	var out []string
	for _, path := range t.paths {
		n := t.nodes[path]
		if n.Line != line || n.Kind != yamlx.Scalar {
			continue
		}
		if _, ok := figureOf(n.Text); ok {
			out = append(out, path)
		}
	}
	return out
}

// endsIn reports whether suffix is the end of a path, from a dot on.
func endsIn(path, suffix string) bool {
	return path == suffix || strings.HasSuffix(path, "."+suffix)
}

// suffix is the least end of the path that tells its value from the others of
// its line, with a space behind it; empty where it stands alone.
func (t *text) suffix(path string, line int) string {
	others := t.onLine(line)
	alone := !slices.ContainsFunc(others, func(o string) bool { return o != path })
	if alone {
		return ""
	}
	parts := strings.Split(path, ".")
	for n := 1; n < len(parts); n++ {
		s := strings.Join(parts[len(parts)-n:], ".")
		if !slices.ContainsFunc(others, func(o string) bool { return o != path && endsIn(o, s) }) {
			return s + " "
		}
	}
	return path + " "
}

// meant is the value of a line that a suffix names.
func (t *text) meant(suffix string, line int) (string, bool) {
	found := ""
	for _, path := range t.onLine(line) {
		if suffix == "" || endsIn(path, suffix) {
			if found != "" {
				return "", false
			}
			found = path
		}
	}
	return found, found != ""
}

// verify reads the new text and compares it with the old, value by value.
func (t *text) verify(file string, out []byte, edits []Edit) Diagnostics {
	now, diags := readText(file, out)
	if now == nil {
		return diags
	}
	want := map[string]string{}
	for path, n := range t.nodes {
		if n.Kind == yamlx.Scalar {
			want[path] = n.Text
		}
	}
	for _, e := range edits {
		want[e.Path] = e.Value
	}
	for _, path := range now.paths {
		n := now.nodes[path]
		if n.Kind != yamlx.Scalar {
			continue
		}
		if want[path] != n.Text {
			now.fail(n, path, "write out what is meant, without &anchors and *aliases, one value a line", "setting the values asked for would change this one, to %s", shorten(n.Text))
			return now.diags
		}
		delete(want, path)
	}
	for path := range want {
		now.fail(now.root, path, "", "setting the values asked for would lose %s", path)
		return now.diags
	}
	return nil
}
