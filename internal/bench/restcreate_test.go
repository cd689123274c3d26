package bench

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/boltstore"
	"go.etcd.io/bbolt"
)

// createRow: services that one caller creates over HTTP, one after another, in a
// catalog that keeps them in a file: how many there are in a second, beside the
// commits in a second of a bare file of bbolt. Here more is better, and the
// budget is the least that it may be.
//
// A bare commit puts the keys that ours puts, as many and with values as long,
// into the same kind of file, with the same syncs; both files have as many
// services in them. It is the time on the wall that counts, most of which the
// disk takes: the folder for temporary files has to be on one. Where it is not,
// the figure is what everything but the disk takes, and too low.
//
// The row's second figure stands beside a handler of net/http that reads the
// same request, makes that same commit and answers with a few bytes: what the way
// over HTTP to a bare file leaves at best.
func createRow() row {
	return row{name: "rest-create", budget: 0.7, allocs: -1, weigh: func(tb testing.TB, scale scale) figure {
		return weighCreate(tb, scale, 1)
	}}
}

// createManyRow: the same of sixteen callers at once, beside sixteen writers of
// the bare file.
func createManyRow() row {
	return row{name: "rest-create-many", budget: 0.7, allocs: -1, weigh: func(tb testing.TB, scale scale) figure {
		return weighCreate(tb, scale, 16)
	}}
}

func weighCreate(tb testing.TB, scale scale, writers int) figure {
	// Short turns and many: what else the disk does changes within seconds.
	rounds, each, before := 3*rounds, 96, 1_000
	if scale == small {
		rounds, each, before = 1, writers, 1
	}
	folder := tb.TempDir()
	store, err := boltstore.Open(filepath.Join(folder, "catalog.db"), nil)
	if err != nil {
		tb.Fatal(err)
	}
	d := openDesk(tb, store)
	visitors := make([]*visitor, writers)
	for i := range visitors {
		visitors[i] = d.visitor(tb, ownerToken)
	}
	create := func(writer, n int) error { return visitors[writer].create(fmt.Sprintf("service-%d", n)) }
	if err := create(0, 0); err != nil {
		tb.Fatal(err)
	}
	commit := lastCommit(tb, store, d.catalog.Snapshot().Version())
	bare := openBare(tb, filepath.Join(folder, "bare.db"), commit)
	if err := bare.put(0, 0); err != nil {
		tb.Fatal(err)
	}
	served := openBare(tb, filepath.Join(folder, "served.db"), commit).serve(tb, writers)

	sides := [3]*committer{{name: "services", do: create}, {name: "bare commits", do: bare.put}, {name: "served commits", do: served}}
	for _, s := range sides {
		s.speed(tb, writers, before) // for both files to be of some size
	}
	var speeds, ratios [len(sides)][]float64
	for round := range rounds {
		for i := range sides {
			at := (round + i) % len(sides)
			speeds[at] = append(speeds[at], sides[at].speed(tb, writers, each))
		}
		for i := range sides {
			ratios[i] = append(ratios[i], speeds[0][round]/speeds[i][round])
		}
	}

	services, err := d.ms.Services(d.owner, mainDefault, catalog.FullName{})
	if err != nil {
		tb.Fatal(err)
	}
	made := 0
	for range services {
		made++
	}
	if made != 1+sides[0].done {
		tb.Fatalf("%d services were created, and the catalog has %d", 1+sides[0].done, made)
	}
	return figure{
		value: median(ratios[1]),
		says: fmt.Sprintf("at least the budget is wanted: %.0f services/s, %.0f commits/s of bare bbolt with %d values of %d bytes in all, %.0f/s over HTTP; %d at once",
			median(speeds[0]), median(speeds[1]), len(bare.values), bare.length(), median(speeds[2]), writers),
		more: []extra{{name: "served", value: median(ratios[2]), budget: 0.7}},
	}
}

// committer is one of the sides: what it does is numbered, from 1.
type committer struct {
	name string
	do   func(writer, n int) error
	done int
}

// speed does n of it, shared among the writers, and returns how many that were
// in a second.
func (c *committer) speed(tb testing.TB, writers, n int) float64 {
	tb.Helper()
	share := (n + writers - 1) / writers
	failed := make([]error, writers)
	var group sync.WaitGroup
	began := time.Now()
	for writer := range writers {
		first := 1 + c.done + writer*share
		group.Go(func() {
			for i := first; i < first+share && failed[writer] == nil; i++ {
				failed[writer] = c.do(writer, i)
			}
		})
	}
	group.Wait()
	took := time.Since(began)
	for _, err := range failed {
		if err != nil {
			tb.Fatalf("%s: %v", c.name, err)
		}
	}
	c.done += writers * share
	return float64(writers*share) / took.Seconds()
}

// lastCommit is the commit that made a version.
func lastCommit(tb testing.TB, store catalog.Store, version uint64) catalog.Commit {
	tb.Helper()
	for c, err := range store.Watch(tb.Context(), version-1) {
		if err != nil {
			tb.Fatal(err)
		}
		return c
	}
	tb.Fatalf("there is no commit %d", version)
	return catalog.Commit{}
}

// bareFile is a file of bbolt that is written as the catalog's is: rows, a
// history that grows, and where it stands.
type bareFile struct {
	db     *bbolt.DB
	values [][]byte // of a commit: its rows, its history, where it stands
}

// bareHead is as long as what a store says of where it stands.
const bareHead = "where the store stands, sums"

func openBare(tb testing.TB, path string, like catalog.Commit) *bareFile {
	tb.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	if err := db.Update(func(tx *bbolt.Tx) error {
		for _, name := range []string{"rows", "history", "head"} {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
	text, err := json.Marshal(like)
	if err != nil {
		tb.Fatal(err)
	}
	f := &bareFile{db: db}
	for _, change := range like.Changes {
		f.values = append(f.values, change.Value)
	}
	f.values = append(f.values, text, []byte(bareHead))
	return f
}

// put makes the n-th commit.
func (f *bareFile) put(_, n int) error {
	return f.db.Update(func(tx *bbolt.Tx) error {
		number := binary.BigEndian.AppendUint64(nil, uint64(n))
		rows, history := tx.Bucket([]byte("rows")), tx.Bucket([]byte("history"))
		last := len(f.values) - 2
		for i, value := range f.values[:last] {
			if err := rows.Put(fmt.Appendf(nil, "securable %d %d", i, n), value); err != nil {
				return err
			}
		}
		history.FillPercent = 1 // its keys only grow
		if err := history.Put(number, f.values[last]); err != nil {
			return err
		}
		return tx.Bucket([]byte("head")).Put([]byte("head"), f.values[last+1])
	})
}

// serve puts a server in front of f that makes a commit a request, and returns
// what makes the n-th by way of it.
func (f *bareFile) serve(tb testing.TB, writers int) func(writer, n int) error {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Query().Get("n"))
		if err == nil {
			_, err = io.Copy(io.Discard, r.Body)
		}
		if err == nil {
			err = f.put(0, n)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		io.WriteString(w, "{}")
	}))
	tb.Cleanup(server.Close)
	visitors := make([]*visitor, writers)
	for i := range visitors {
		visitors[i] = (&desk{address: server.Listener.Addr().String()}).visitor(tb, ownerToken)
	}
	return func(writer, n int) error {
		_, err := visitors[writer].ask("POST", fmt.Sprintf("/?n=%d", n), newServiceBody)
		return err
	}
}

// length is how many bytes of values a commit puts.
func (f *bareFile) length() int {
	sum := 0
	for _, value := range f.values {
		sum += len(value)
	}
	return sum
}
