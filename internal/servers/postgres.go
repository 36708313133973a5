package servers

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
)

// Database is a PostgreSQL server that can be started.
type Database struct {
	Args []string // the command that serves it, on loopback

	ready, port string
}

// PostgresIn makes an empty database in a folder that is there, to be served on a
// port to the user postgres without a password. The error is [exec.ErrNotFound]
// where there is no PostgreSQL, or nobody to run it as.
func PostgresIn(dir, port string) (*Database, error) {
	path := find("/usr/lib/postgresql/*/bin/postgres", "postgres")
	if path == "" {
		return nil, fmt.Errorf("no PostgreSQL server; install it with: sudo apt-get install postgresql (%w)", exec.ErrNotFound)
	}
	var as []string
	if os.Getuid() == 0 { // as which PostgreSQL refuses to run
		who, err := user.Lookup("postgres")
		if err != nil {
			return nil, fmt.Errorf("no user postgres to run the server as (%w)", exec.ErrNotFound)
		}
		uid, _ := strconv.Atoi(who.Uid)
		gid, _ := strconv.Atoi(who.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
		as = []string{"setpriv", "--reuid", who.Uid, "--regid", who.Gid, "--clear-groups"}
	}
	data := filepath.Join(dir, "data")
	initdbArgs := append(as[:len(as):len(as)], filepath.Join(filepath.Dir(path), "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale", "C")
	initdb := exec.Command(initdbArgs[0], initdbArgs[1:]...)
	initdb.Dir = dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return &Database{
		Args:  append(as[:len(as):len(as)], path, "-D", data, "-p", port, "-h", "127.0.0.1", "-k", dir, "-F"),
		ready: filepath.Join(filepath.Dir(path), "pg_isready"), port: port,
	}, nil
}

// Ready reports whether it takes queries, which it does some time after it takes
// connections.
func (d *Database) Ready() bool {
	return exec.Command(d.ready, "-h", "127.0.0.1", "-p", d.port).Run() == nil
}
