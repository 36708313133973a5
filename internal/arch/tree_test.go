package arch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/headroom/headroom/"

// file is one Go file of the tree.
type file struct {
	path    string // from the root, with slashes
	pkg     string // its directory
	test    bool
	syntax  *ast.File
	fset    *token.FileSet
	imports []string
}

// root is the directory of go.mod.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// texts visits every text file that belongs to the repository.
func texts(t *testing.T, visit func(path string, data []byte)) {
	t.Helper()
	dir := root(t)
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		rel = filepath.ToSlash(rel)
		if e.IsDir() {
			if rel == ".git" || rel == "bin" || strings.HasSuffix(rel, "testdata/fuzz") {
				return fs.SkipDir
			}
			return nil
		}
		if !slices.Contains([]string{".go", ".md", ".yaml", ".yml", ".json", ".golden", ".txtar", ".txt", ".csv", ".html", ".css", ".js", ".mod", ""}, filepath.Ext(rel)) {
			return nil
		}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || info.Size() > 4<<20 {
			return nil // a build product, or gone meanwhile
		}
		data, err := os.ReadFile(path)
		if err == nil && !slices.Contains(data[:min(len(data), 512)], 0) {
			visit(rel, data)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sources parses every Go file of the tree.
func sources(t *testing.T) []file {
	t.Helper()
	var out []file
	texts(t, func(path string, data []byte) {
		if filepath.Ext(path) != ".go" || strings.Contains(path, "testdata/") {
			return
		}
		f := file{path: path, pkg: filepath.ToSlash(filepath.Dir(path)), test: strings.HasSuffix(path, "_test.go"), fset: token.NewFileSet()}
		var err error
		if f.syntax, err = parser.ParseFile(f.fset, path, data, parser.ParseComments); err != nil {
			t.Fatal(err)
		}
		for _, i := range f.syntax.Imports {
			f.imports = append(f.imports, strings.Trim(i.Path.Value, `"`))
		}
		out = append(out, f)
	})
	if len(out) < 20 {
		t.Fatalf("found %d Go files only", len(out))
	}
	return out
}

// at writes a place in a file.
func (f file) at(p token.Pos) string { return f.fset.Position(p).String() }
