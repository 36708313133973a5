package arch_test

import (
	"go/ast"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// banned calls and where they may be made nevertheless.
var banned = []struct {
	pkg   string
	names string // regular expression
	but   []string
	why   string
}{
	{"fmt", `^Print`, nil, "packages return what they have to say; cmd writes it"},
	{"os", `^(Exit|Stdout|Stderr)$`, []string{"cmd"}, "only the command line owns the process"},
	{"os", `^Stdin$`, []string{"cmd", "scenarios"}, "only the command line, and the scenario named -, read it"},
	{"log", `^(Print|Fatal|Panic|Default|Set)`, nil, "nothing logs"},
	{"time", `^(Now|Since|Until|Sleep|After|Tick)$`, []string{"loadtest", "internal/servers", "cmd"}, "results must not depend on when they are computed"},
	{"time", `^(NewTimer|NewTicker|AfterFunc)$`, []string{"loadtest", "cmd", "simulate"}, "only what reports progress or bounds a run's time may wait"},
	{"rand", `^(Int|IntN|Float64|ExpFloat64|NormFloat64|Perm|Shuffle|Uint64|N)$`, nil, "every draw comes from a named stream of internal/variate"},
}

// TestHabits looks for calls that belong elsewhere, for init functions and for
// panics that stand for work not done.
func TestHabits(t *testing.T) {
	for _, f := range sources(t) {
		if f.test || under(f.pkg, "examples") { // programs of their own
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.Name == "init" && n.Recv == nil {
					t.Errorf("%s: an init function; let the caller ask", f.at(n.Pos()))
				}
			case *ast.SelectorExpr:
				checkSelector(t, f, n)
			}
			return true
		})
	}
}

func checkSelector(t *testing.T, f file, n *ast.SelectorExpr) {
	x, ok := n.X.(*ast.Ident)
	if !ok || x.Obj != nil { // a local variable, not a package
		return
	}
	for _, b := range banned {
		if x.Name == b.pkg && regexp.MustCompile(b.names).MatchString(n.Sel.Name) &&
			!slices.ContainsFunc(b.but, func(p string) bool { return under(f.pkg, p) }) {
			t.Errorf("%s: %s.%s: %s", f.at(n.Pos()), x.Name, n.Sel.Name, b.why)
		}
	}
}

// machine matches a path that exists on somebody's machine only.
var machine = regexp.MustCompile(`(?:^|[\s"'(=:])/(?:work|root|home|Users|mnt|workspace)/[\w.]`)

// unfinished matches what must not be handed in.
var unfinished = regexp.MustCompile(`(?i)\b(?:FIXME|XXX:|not implemented|lorem ipsum)|^(?:<<<<<<< |>>>>>>> )`)

// TestText looks for paths of a machine, merge marks and unfinished work.
func TestText(t *testing.T) {
	texts(t, func(path string, data []byte) {
		if strings.HasPrefix(path, "internal/arch/") || filepath.Base(path) == "LICENSE" || strings.HasSuffix(path, ".js") || strings.Contains(path, "testdata/fuzz/") {
			return
		}
		for i, line := range strings.Split(string(data), "\n") {
			if machine.MatchString(line) {
				t.Errorf("%s:%d: a path of one machine: %.80s", path, i+1, line)
			}
			if unfinished.MatchString(line) {
				t.Errorf("%s:%d: unfinished: %.80s", path, i+1, line)
			}
		}
	})
}
