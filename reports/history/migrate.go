package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// lockKey is the advisory lock that migrations of PostgreSQL are made under.
const lockKey = 0x68656164726f6f6d // "headroom"

// migrate brings the tables to the newest version, in one transaction that one
// process at a time may be in. Files in migrations are never changed once
// released: their sums are kept in the database and compared.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return err
	}
	texts := make([]string, len(files))
	for i, f := range files {
		raw, err := migrations.ReadFile(f)
		if err != nil {
			return err
		}
		texts[i] = string(raw)
	}
	return s.within(ctx, func(tx *sql.Tx) error {
		if s.postgres {
			if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(lockKey)); err != nil {
				return err
			}
		}
		return upgrade(ctx, tx, texts)
	})
}

func upgrade(ctx context.Context, tx *sql.Tx, texts []string) error {
	if _, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS headroom_migrations (version BIGINT PRIMARY KEY, sha256 TEXT NOT NULL)`); err != nil {
		return err
	}
	var done int
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM headroom_migrations`).Scan(&done); err != nil {
		return err
	}
	if done > len(texts) {
		return fmt.Errorf("its tables have version %d and this program knows up to %d; use a newer headroom, or another --store", done, len(texts))
	}
	for i, text := range texts {
		hash := sha256.Sum256([]byte(text))
		want, version := hex.EncodeToString(hash[:]), i+1
		if version <= done {
			var sum string
			if err := tx.QueryRowContext(ctx, `SELECT sha256 FROM headroom_migrations WHERE version = $1`, version).Scan(&sum); err != nil {
				return fmt.Errorf("version %d of its tables: %w", version, err)
			}
			if sum != want {
				return fmt.Errorf("version %d of its tables was made by another program than this; export it with that one, or use another --store", version)
			}
			continue
		}
		for statement := range strings.SplitSeq(text, ";\n") {
			if strings.TrimSpace(statement) == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("version %d of its tables: %w", version, err)
			}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO headroom_migrations (version, sha256) VALUES ($1, $2)`, version, want); err != nil {
			return err
		}
	}
	return nil
}
