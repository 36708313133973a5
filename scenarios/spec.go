package scenarios

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// Spec is a scenario as written: a tree of values, each with its place. It
// has been read, not understood; [Compile] does that. A Spec is not for use by
// several goroutines at once.
type Spec struct {
	file  string
	root  *yamlx.Node
	sets  int      // overrides applied so far
	parts [][]byte // the text and the overrides, for the digest
}

// ReadSpec reads the text of a scenario, YAML or JSON, which messages call
// file. The diagnostics are about the text alone.
func ReadSpec(file string, src []byte) (*Spec, Diagnostics) {
	root, source, problems := yamlx.Read(file, src)
	var diags Diagnostics
	for _, p := range problems {
		diags = append(diags, fromProblem(source, p))
	}
	if root == nil {
		return nil, diags.sorted()
	}
	return &Spec{file: file, root: root, parts: [][]byte{src}}, diags.sorted()
}

// Digest is the SHA-256, in hex, of the text and the overrides applied to it.
// Without overrides it is the one that sha256sum prints of the file.
func (s *Spec) Digest() string { return s.digest() }

// digest adds the files that the scenario refers to. Each part after the text
// is preceded by a zero byte, which no text holds.
func (s *Spec) digest(files ...[]byte) string {
	h := sha256.New()
	for i, part := range slices.Concat(s.parts, files) {
		if i > 0 {
			h.Write([]byte{0})
		}
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Parse reads, overrides and compiles a scenario. The model is nil when there
// are diagnostics.
func Parse(file string, src []byte, set []string) (*Model, Diagnostics) {
	spec, diags := ReadSpec(file, src)
	if spec == nil {
		return nil, diags
	}
	for _, one := range set {
		diags = append(diags, spec.Set(one)...)
	}
	model, more := Compile(spec)
	diags = append(diags, more...).sorted()
	if len(diags) > 0 {
		return nil, diags
	}
	return model, nil
}
