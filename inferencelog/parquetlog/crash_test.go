//go:build unix

package parquetlog_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/parquetlog"
)

const childFolder = "PARQUETLOG_TEST_FOLDER"

// small rolls often, so that processes are killed while files are built as well.
var small = &parquetlog.Options{RollRows: 40}

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		if err := child(dir, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child writes batches for ever, and says which ids it has written after each.
func child(dir string, say io.Writer) error {
	sink, err := parquetlog.Open(dir, small)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		var batch []*inferencelog.Record
		var ids []string
		for range 1 + rand.IntN(8) {
			id := fmt.Sprintf("%d/%d/%d", os.Getpid(), n, len(batch))
			batch = append(batch, chat(id))
			ids = append(ids, id)
		}
		if err := sink.Write(context.Background(), 1, batch); err != nil {
			return err
		}
		fmt.Fprintln(say, strings.Join(ids, " "))
	}
}

// chat is a row whose parts all tell its id.
func chat(id string) *inferencelog.Record {
	r := inferencelogtest.Plain(id, int(hash(id)%1000))
	r.Request = []byte(strings.Repeat(id+" ", 50))
	r.RequestTags = map[string]string{"id": id}
	return r
}

func hash(s string) (h uint32) {
	for _, c := range []byte(s) {
		h = h*31 + uint32(c)
	}
	return h
}

// A process is killed again and again. Every row that it said it had written is there, once and whole.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sink := open(t, dir, nil)
	create(t, sink, 1)
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	var said []string
	for range *kills {
		said = append(said, killed(t, dir, rand.IntN(120))...)
	}
	if len(said) == 0 {
		t.Fatal("no process has written anything")
	}
	sink = open(t, dir, nil)
	rows, err := inferencelogtest.Rows(t.Context(), sink, 1, inferencelog.Query{})
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]int{}
	for _, r := range rows {
		there[r.ID]++
		if want := chat(r.ID); there[r.ID] != 1 || string(r.Request) != string(want.Request) || r.RequestTags["id"] != r.ID {
			t.Fatalf("row %s is there %d times, with %q", r.ID, there[r.ID], r.Request)
		}
	}
	for _, id := range said {
		if there[id] == 0 {
			t.Fatalf("row %s was acknowledged and is not there", id)
		}
	}
	if err := sink.Err(); err != nil {
		t.Error(err)
	}
	t.Logf("%d rows acknowledged, %d there, in %d files", len(said), len(rows), len(files(t, dir, 1, "*.parquet")))
}

// killed runs a child for about that many of its batches, and returns the ids it told.
func killed(t *testing.T, dir string, batches int) (ids []string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), childFolder+"="+dir)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(20*time.Second, func() { _ = c.Process.Kill() })
	defer stop.Stop()
	r := bufio.NewReader(out)
	for n := 0; ; n++ {
		if n == batches {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		line, err := r.ReadString('\n')
		if err != nil {
			break
		}
		ids = append(ids, strings.Fields(line)...)
	}
	_ = c.Wait() // "signal: killed"
	return ids
}
