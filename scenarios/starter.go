package scenarios

import (
	_ "embed" // for the starter
	"strings"
)

//go:embed starter/starter.yaml
var starter string

// Starter returns a small commented scenario of the given name to begin with.
// Characters that a name cannot have become "-".
func Starter(name string) []byte {
	return []byte(strings.ReplaceAll(starter, "NAME", tidyName(name)))
}

// tidyName makes a name that a scenario can have of any text.
func tidyName(name string) string {
	var b strings.Builder
	for _, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		digit := r >= '0' && r <= '9'
		switch {
		case letter, b.Len() > 0 && (digit || r == '_'):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == maxName {
			break
		}
	}
	if tidy := strings.TrimRight(b.String(), "-"); tidy != "" {
		return tidy
	}
	return "system"
}
