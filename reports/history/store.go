// Package history keeps the results of runs, in a file of SQLite or in
// PostgreSQL, with the commit they are of, and finds where a figure changed.
//
// Many processes may write to a history at once. What [Store.Add] has answered
// is kept whatever happens to the process; of what it has not, there is all or
// nothing.
package history

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/headroom/headroom/measure"
)

// Run is one result and what it is of.
type Run struct {
	ID     string            `json:"id"`
	At     time.Time         `json:"at"` // when it was made, or else added
	Commit string            `json:"commit,omitempty"`
	Branch string            `json:"branch,omitempty"`
	Tags   map[string]string `json:"tags,omitempty"`
	Result *measure.Result   `json:"result"`
}

// Filter says which runs are meant: those that match all that is not empty.
type Filter struct {
	Commit, Branch, Scenario, Method string // a commit may be the beginning of its hash
	Tags                             map[string]string
	Last                             int // only that many, the newest
}

// Store is an open history.
type Store struct {
	db       *sql.DB
	postgres bool
	name     string
}

// ErrUnknown is that there is no such run.
var ErrUnknown = errors.New("no such run")

// Close closes the history.
func (s *Store) Close() error { return s.db.Close() }

// within does something in one transaction.
func (s *Store) within(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Add keeps a run and returns its ID, and whether it is new: the same result of
// the same commit and branch is kept once, so that adding may be tried again.
func (s *Store) Add(ctx context.Context, r Run) (id string, added bool, err error) {
	if r.Result == nil {
		return "", false, errors.New("history: a run without a result")
	}
	var text bytes.Buffer
	if err := measure.Encode(&text, r.Result); err != nil {
		return "", false, err
	}
	if r.ID == "" {
		sum := sha256.Sum256([]byte(r.Commit + "\x00" + r.Branch + "\x00" + text.String()))
		r.ID = hex.EncodeToString(sum[:8])
	}
	err = s.within(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO runs (id, at, commit_id, branch, scenario, method, result)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING`,
			r.ID, r.At.UnixMicro(), r.Commit, r.Branch, r.Result.Scenario.Name, string(r.Result.Method), text.String())
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if err != nil || n == 0 {
			return err
		}
		added = true
		return tag(ctx, tx, r.ID, r.Tags)
	})
	if err != nil {
		return "", false, fmt.Errorf("history %s: add: %w", s.name, err)
	}
	return r.ID, added, nil
}

// tag sets tags of a run; an empty value takes one away.
func tag(ctx context.Context, tx *sql.Tx, id string, tags map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		var err error
		if tags[name] == "" {
			_, err = tx.ExecContext(ctx, `DELETE FROM tags WHERE run = $1 AND name = $2`, id, name)
		} else {
			_, err = tx.ExecContext(ctx, `INSERT INTO tags (run, name, value) VALUES ($1, $2, $3)
				ON CONFLICT (run, name) DO UPDATE SET value = excluded.value`, id, name, tags[name])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Tag sets tags of a run; an empty value takes one away.
func (s *Store) Tag(ctx context.Context, id string, tags map[string]string) error {
	full, err := s.find(ctx, id)
	if err != nil {
		return err
	}
	return s.within(ctx, func(tx *sql.Tx) error { return tag(ctx, tx, full, tags) })
}

// Remove forgets a run.
func (s *Store) Remove(ctx context.Context, id string) error {
	full, err := s.find(ctx, id)
	if err != nil {
		return err
	}
	return s.within(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM runs WHERE id = $1`, full) // its tags go with it
		return err
	})
}

// Get returns one run, by its ID or what that begins with.
func (s *Store) Get(ctx context.Context, id string) (Run, error) {
	full, err := s.find(ctx, id)
	if err != nil {
		return Run{}, err
	}
	runs, err := s.query(ctx, `WHERE id = $1`, full)
	if err != nil {
		return Run{}, err
	}
	if len(runs) == 0 {
		return Run{}, fmt.Errorf("history %s: %w: %s", s.name, ErrUnknown, id)
	}
	return runs[0], nil
}

// find completes an ID.
func (s *Store) find(ctx context.Context, id string) (string, error) {
	if strings.Trim(id, "0123456789abcdef") != "" || id == "" {
		return "", fmt.Errorf("history %s: %w: %q; an ID has digits and the letters a to f", s.name, ErrUnknown, id)
	}
	rows, err := s.db.QueryContext(ctx, `SELECT id FROM runs WHERE id LIKE $1 ORDER BY id LIMIT 2`, id+"%")
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	var found []string
	for rows.Next() {
		var full string
		if err := rows.Scan(&full); err != nil {
			return "", err
		}
		found = append(found, full)
	}
	switch {
	case rows.Err() != nil:
		return "", rows.Err()
	case len(found) == 0:
		return "", fmt.Errorf("history %s: %w: %s", s.name, ErrUnknown, id)
	case len(found) > 1 && found[0] != id:
		return "", fmt.Errorf("history %s: %s is the beginning of several runs, such as %s and %s", s.name, id, found[0], found[1])
	}
	return found[0], nil
}

// List returns runs in the order of their time.
func (s *Store) List(ctx context.Context, f Filter) ([]Run, error) {
	var (
		where []string
		args  []any
	)
	is := func(column, want string) {
		if want != "" {
			args = append(args, want)
			where = append(where, fmt.Sprintf("%s = $%d", column, len(args)))
		}
	}
	is("branch", f.Branch)
	is("scenario", f.Scenario)
	is("method", f.Method)
	clause := ""
	if len(where) > 0 {
		clause = "WHERE " + strings.Join(where, " AND ")
	}
	runs, err := s.query(ctx, clause, args...)
	if err != nil {
		return nil, err
	}
	runs = slices.DeleteFunc(runs, func(r Run) bool {
		for name, value := range f.Tags {
			if r.Tags[name] != value {
				return true
			}
		}
		return !strings.HasPrefix(r.Commit, f.Commit)
	})
	if f.Last > 0 && len(runs) > f.Last {
		runs = runs[len(runs)-f.Last:]
	}
	return runs, nil
}

// query reads runs and their tags as they were at one moment.
func (s *Store) query(ctx context.Context, where string, args ...any) (runs []Run, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, at, commit_id, branch, result, COALESCE(name, ''), COALESCE(value, '')
		FROM runs LEFT JOIN tags ON run = id `+where+` ORDER BY at, id, name`, args...)
	if err != nil {
		return nil, fmt.Errorf("history %s: %w", s.name, err)
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	for rows.Next() {
		var (
			r                 Run
			at                int64
			text, name, value string
		)
		if err := rows.Scan(&r.ID, &at, &r.Commit, &r.Branch, &text, &name, &value); err != nil {
			return nil, fmt.Errorf("history %s: %w", s.name, err)
		}
		if n := len(runs); n == 0 || runs[n-1].ID != r.ID {
			r.At = time.UnixMicro(at).UTC()
			if r.Result, err = measure.Decode(strings.NewReader(text)); err != nil {
				return nil, fmt.Errorf("history %s: run %s: %w", s.name, r.ID, err)
			}
			runs = append(runs, r)
		}
		if last := &runs[len(runs)-1]; name != "" {
			if last.Tags == nil {
				last.Tags = map[string]string{}
			}
			last.Tags[name] = value
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("history %s: %w", s.name, err)
	}
	return runs, nil
}
