package arch_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPackageDocs wants one package comment in every package, of the standard
// form, and a comment on everything exported.
func TestPackageDocs(t *testing.T) {
	documented := map[string]int{}
	for _, f := range sources(t) {
		if f.test {
			continue
		}
		documented[f.pkg] += 0
		if doc := f.syntax.Doc.Text(); doc != "" {
			documented[f.pkg]++
			if !strings.HasPrefix(doc, "Package "+f.syntax.Name.Name+" ") && !strings.HasPrefix(doc, "Command ") {
				t.Errorf("%s: package comment begins %.40q", f.path, doc)
			}
		}
		for _, d := range f.syntax.Decls {
			exported(f, d, func(name string, n ast.Node) { t.Errorf("%s: %s has no comment", f.at(n.Pos()), name) })
		}
	}
	for pkg, n := range documented {
		if n != 1 {
			t.Errorf("package %s has %d package comments, want 1", pkg, n)
		}
	}
}

// exported calls missing for what is exported by a declaration and has no
// comment. One of a group may rest on the comment of the group.
func exported(f file, d ast.Decl, missing func(name string, n ast.Node)) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && receiverExported(d) {
			missing(d.Name.Name, d)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && s.Doc == nil && d.Doc == nil && s.Comment == nil {
					missing(s.Name.Name, s)
				}
			case *ast.ValueSpec:
				if s.Names[0].IsExported() && s.Doc == nil && d.Doc == nil && s.Comment == nil && !typedConst(d) {
					missing(s.Names[0].Name, s)
				}
			}
		}
	}
}

// typedConst reports a block of constants of a named type, whose comment says
// what they are.
func typedConst(d *ast.GenDecl) bool {
	s, ok := d.Specs[0].(*ast.ValueSpec)
	return ok && len(d.Specs) > 1 && s.Type != nil
}

func receiverExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	t := d.Recv.List[0].Type
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	if g, ok := t.(*ast.IndexExpr); ok {
		t = g.X
	}
	id, ok := t.(*ast.Ident)
	return ok && id.IsExported()
}

var citation = regexp.MustCompile(`\[((?:[A-Z][A-Za-z]+[0-9]{2}[a-z]?)|DLMF)\]`)

// TestCitations wants a row in docs/references.md for every work that a comment
// or a document cites, and no row that nothing cites.
func TestCitations(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root(t), "docs/references.md"))
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\| \[([A-Za-z0-9]+)\]`).FindAllStringSubmatch(string(data), -1) {
		if listed[m[1]] {
			t.Errorf("docs/references.md lists [%s] twice", m[1])
		}
		listed[m[1]] = true
	}
	cited := map[string]bool{}
	texts(t, func(path string, data []byte) {
		ext := filepath.Ext(path)
		if path == "docs/references.md" || strings.HasPrefix(path, "internal/arch/") || ext != ".go" && ext != ".md" && ext != ".csv" && ext != ".yaml" {
			return
		}
		for _, m := range citation.FindAllStringSubmatch(string(data), -1) {
			cited[m[1]] = true
			if !listed[m[1]] {
				t.Errorf("%s cites [%s], which docs/references.md does not list", path, m[1])
				listed[m[1]] = true // once is enough
			}
		}
	})
	for key := range listed {
		if !cited[key] {
			t.Errorf("docs/references.md lists [%s], which nothing cites", key)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]*)?\)`)

// TestLinks follows every relative link of the documents.
func TestLinks(t *testing.T) {
	dir := root(t)
	texts(t, func(path string, data []byte) {
		if filepath.Ext(path) != ".md" || strings.Contains(path, "testdata/") {
			return
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(dir, filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", path, m[1])
			}
		}
	})
}

// TestCodeMap looks for every file and directory that ARCHITECTURE.md names.
func TestCodeMap(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root(t), "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	texts(t, func(path string, _ []byte) { have = append(have, path) })
	for _, m := range regexp.MustCompile("`([a-zA-Z0-9_*/]+(?:\\.go|/))`").FindAllStringSubmatch(string(data), -1) {
		name := strings.TrimSuffix(m[1], "/")
		if !slices.ContainsFunc(have, func(path string) bool {
			ok, _ := filepath.Match(name, filepath.Base(path))
			return ok || strings.HasSuffix("/"+path, "/"+name) || strings.Contains("/"+path, "/"+name+"/")
		}) {
			t.Errorf("ARCHITECTURE.md names %s, which is not there", m[1])
		}
	}
}

// TestCodeMapOfFormulas looks on the map for every file of formulas: there are
// too many of them to find one by its name alone.
func TestCodeMapOfFormulas(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root(t), "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z0-9_*]+\\.go)`").FindAllStringSubmatch(string(data), -1)
	for _, f := range sources(t) {
		base := filepath.Base(f.path)
		if f.test || base == "doc.go" || !strings.HasPrefix(f.pkg, "queueing") || strings.Contains(f.pkg, "internal") {
			continue
		}
		if !slices.ContainsFunc(named, func(m []string) bool {
			ok, _ := filepath.Match(m[1], base)
			return ok
		}) {
			t.Errorf("ARCHITECTURE.md does not say what %s is for", f.path)
		}
	}
}

// units of a figure as comments write them.
var unit = regexp.MustCompile(`\((?:[^()]*\b)?(?:s|1/s|1|B|B/s|s²|s⁻¹|bytes|seconds|s or 1)\b[^()]*\)|\(1/s|seconds|per second|share|probability|ratio|\bunit\b`)

// TestUnits wants a unit in the comment of every exported field that holds a
// number of ours: on the field, or on its struct for all of them.
func TestUnits(t *testing.T) {
	for _, f := range sources(t) {
		if f.test || strings.HasPrefix(f.pkg, "cmd") {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			d, ok := n.(*ast.GenDecl)
			if !ok {
				return true
			}
			for _, s := range d.Specs {
				ts, ok := s.(*ast.TypeSpec)
				if !ok || !ts.Name.IsExported() {
					continue
				}
				st, ok := ts.Type.(*ast.StructType)
				if !ok || unit.MatchString(d.Doc.Text()+ts.Doc.Text()) {
					continue
				}
				for _, field := range st.Fields.List {
					if figure(field.Type) && slices.ContainsFunc(field.Names, (*ast.Ident).IsExported) && !unit.MatchString(field.Doc.Text()+field.Comment.Text()) {
						t.Errorf("%s: %s.%s names no unit", f.at(field.Pos()), ts.Name.Name, field.Names[0].Name)
					}
				}
			}
			return true
		})
	}
}

// figure reports a type that holds numbers with a unit.
func figure(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "float64" || e.Name == "Values"
	case *ast.SelectorExpr:
		return e.Sel.Name == "Values"
	case *ast.ArrayType:
		return figure(e.Elt)
	case *ast.MapType:
		return figure(e.Value)
	}
	return false
}
