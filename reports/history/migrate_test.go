package history_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headroom/headroom/reports/history"
)

// Tables of a newer program, and tables that another program made, are refused.
func TestForeignTables(t *testing.T) {
	for change, want := range map[string]string{
		`INSERT INTO headroom_migrations VALUES (99, 'x')`: "use a newer headroom",
		`UPDATE headroom_migrations SET sha256 = 'x'`:      "made by another program",
	} {
		file := filepath.Join(t.TempDir(), "history.db")
		s, err := history.Open(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(change); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := history.Open(t.Context(), file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("after %s: %v, want %q", change, err, want)
		}
	}
}
