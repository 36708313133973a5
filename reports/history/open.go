package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx
	_ "modernc.org/sqlite"             // the driver sqlite
)

// patience is how long a writer waits for the others.
const patience = 30 * time.Second

// Default is where the history is when nobody says: the file of the user, by
// the XDG base directory specification.
func Default(env func(string) string) (string, error) {
	if where := env("HEADROOM_STORE"); where != "" {
		return where, nil
	}
	data := env("XDG_DATA_HOME")
	if !filepath.IsAbs(data) { // the specification wants relative ones ignored
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("no place for the history: %w; name a file with --store", err)
		}
		data = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(data, "headroom", "history.db"), nil
}

// Open opens a history and brings its tables up to date. Where it is: a file of
// SQLite, made when it is not there, or postgres://… of a server.
func Open(ctx context.Context, where string) (*Store, error) {
	s := &Store{name: where}
	var err error
	if strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://") {
		s.postgres, s.name = true, redacted(where)
		s.db, err = sql.Open("pgx", where)
	} else {
		s.db, err = openFile(where)
	}
	if err != nil {
		return nil, fmt.Errorf("history %s: %w", s.name, err)
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("history %s: %w", s.name, err), s.db.Close())
	}
	return s, nil
}

// openFile opens a file of SQLite for many processes at once: they wait for
// each other, take the right to write before they read, and what is committed
// is on the disk.
func openFile(name string) (*sql.DB, error) {
	if name == "" || strings.Contains(name, "://") {
		return nil, fmt.Errorf("%q is neither a file nor postgres://user@host/database", name)
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	pragmas := url.Values{
		"_txlock": {"immediate"},
		"_pragma": {
			fmt.Sprintf("busy_timeout(%d)", patience.Milliseconds()),
			"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		},
	}
	return sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: pragmas.Encode()}).String())
}

// redacted is an address without its password.
func redacted(where string) string {
	u, err := url.Parse(where)
	if err != nil {
		return "postgres://…"
	}
	return u.Redacted()
}
