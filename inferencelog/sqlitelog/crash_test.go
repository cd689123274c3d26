package sqlitelog_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/sqlitelog"
)

var kills = flag.Int("kills", 20, "how often TestKilled kills a process that writes")

// crashFile names, in the environment, the file that a child process writes to until it is killed.
const crashFile = "SQLITELOG_TEST_CRASH_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		fmt.Fprintln(os.Stderr, writeForEver(path))
		os.Exit(1)
	}
	flag.Parse()
	os.Exit(m.Run())
}

// writeForEver writes batches and prints the ids of each, in one line, when Write has returned.
func writeForEver(path string) error {
	sink, err := sqlitelog.Open(path, nil)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		var batch []*inferencelog.Record
		var line []string
		for i, size := 0, 1+rand.IntN(20); i < size; i++ {
			id := fmt.Sprintf("%d-%d/%d-%d", os.Getpid(), n, size, i)
			batch = append(batch, crashRow(id))
			line = append(line, id)
		}
		if err := sink.Write(context.Background(), 1, batch); err != nil {
			return err
		}
		fmt.Println(strings.Join(line, " "))
	}
}

// crashRow returns the row that an id stands for.
func crashRow(id string) *inferencelog.Record {
	r := inferencelogtest.Plain(id, len(id))
	r.Response = []byte(strings.Repeat(id, len(id)*int(id[len(id)-1]-'0')*20))
	return r
}

// Every row of a batch whose Write returned is there once, and whole, when the process was killed at any moment
// afterwards; of other batches all rows are there or none. Meanwhile another process reads the file.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	sink := open(t, path)
	createTwo(t, sink)
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	stored := make(map[string]bool)
	for range *kills {
		for _, id := range writeUntilKilled(t, path, time.Duration(rand.Int64N(int64(30*time.Millisecond)))) {
			stored[id] = true
		}
	}
	rows, err := inferencelogtest.Rows(t.Context(), open(t, path), 1, inferencelog.Query{})
	if err != nil {
		t.Fatal(err)
	}
	there, batches := make(map[string]bool), make(map[string]int)
	for _, r := range rows {
		if there[r.ID] {
			t.Fatalf("row %s is there twice", r.ID)
		}
		there[r.ID] = true
		batches[r.ID[:strings.LastIndex(r.ID, "-")]]++
		if want := crashRow(r.ID); string(r.Response) != string(want.Response) || r.RequestID != want.RequestID || !r.EventTime.Equal(want.EventTime) {
			t.Fatalf("row %s is not whole", r.ID)
		}
	}
	for id := range stored {
		if !there[id] {
			t.Errorf("row %s was stored and is not there", id)
		}
	}
	for batch, n := range batches {
		if _, size, _ := strings.Cut(batch, "/"); size != strconv.Itoa(n) {
			t.Errorf("of the batch %s %d rows are there", batch, n)
		}
	}
	if len(stored) < *kills {
		t.Fatalf("only %d rows were stored", len(stored))
	}
	var report string
	if err := raw(t, path).QueryRow("PRAGMA integrity_check").Scan(&report); err != nil || report != "ok" {
		t.Fatal(report, err)
	}
	t.Logf("%d kills: %d rows stored, %d there", *kills, len(stored), len(there))
}

// writeUntilKilled kills a process that writes, some time after its first batch, and returns the ids it printed.
func writeUntilKilled(t *testing.T, path string, after time.Duration) (ids []string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashFile+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReaderSize(out, 1<<16)
	for n := 0; ; n++ {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // what was not printed whole was not printed
		}
		if n == 0 {
			time.AfterFunc(after, func() { child.Process.Kill() })
			readBeside(t, path)
		}
		ids = append(ids, strings.Fields(line)...)
	}
	_ = child.Wait() // it was killed
	return ids
}

// readBeside reads the table as any program would while the sink writes: whole batches only.
func readBeside(t *testing.T, path string) {
	t.Helper()
	db := raw(t, path)
	defer db.Close()
	var rows, whole int
	err := db.QueryRow(`SELECT count(*), count(*) FILTER (WHERE request = '{"model":"chat"}' AND typeof(response) = 'text') FROM "a.b.1"`).Scan(&rows, &whole)
	if err != nil || rows == 0 || rows != whole {
		t.Errorf("beside the writer: %d rows, %d of them whole, %v", rows, whole, err)
	}
}
