package inferencelogtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

// What a child says on its standard output, one write each, so that a kill tears no line.
const (
	saidUp     = "up"     // the process has begun; nothing is open yet
	saidAcked  = "acked"  // and a row's id
	saidBooks  = "books"  // and accepted, stored, pending, lost
	saidClosed = "closed" // everything was closed as asked
)

const (
	crashWriters = 8
	crashRows    = 60 // of each writer; a child that lives longer waits to be killed
)

var crashTables = []inferencelog.Table{
	{ID: 1, Name: "main.logging.crash_payload", CreatedAt: Plain("", 0).EventTime},
	{ID: 2, Name: "main.logging.crash_usage", CreatedAt: Plain("", 0).EventTime, Layout: inferencelog.Usage},
}

// crashChild is the process that is killed. It returns its exit code when it is asked to stop instead.
func crashChild(o CrashOptions, dir, round string) int {
	if err := runCrashChild(o, dir, round); err != nil {
		fmt.Fprintln(os.Stderr, "inferencelogtest: child", round, "fails:", err)
		return 1
	}
	return 0
}

func say(words ...any) {
	_, _ = os.Stdout.WriteString(fmt.Sprintln(words...)) // a parent that is gone kills us anyhow
}

func runCrashChild(o CrashOptions, dir, round string) error {
	say(saidUp)
	ctx := context.Background()
	sink, err := o.Open(filepath.Join(dir, "sink"))
	if err != nil {
		return err
	}
	journal, err := openCrashJournal(dir)
	if err != nil {
		return err
	}
	log := inferencelog.New(sink, &inferencelog.Options{
		Journal:    journal,
		BatchRows:  1 + rand.IntN(64),
		FlushEvery: rand.N(20*time.Millisecond) + 1,
	})
	for _, table := range crashTables {
		if err := log.Create(ctx, table); err != nil && !errors.Is(err, inferencelog.ErrTableExists) {
			return err
		}
	}
	var stop atomic.Bool
	var work sync.WaitGroup
	failures := make(chan error, crashWriters)
	for w := range crashWriters {
		work.Go(func() {
			for i := 0; i < crashRows && !stop.Load(); i++ {
				if err := appendCrashRow(ctx, log, fmt.Sprintf("%s-%d-%d", round, w, i)); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	work.Go(func() {
		for !stop.Load() {
			sayBooks(log)
			time.Sleep(2 * time.Millisecond)
		}
	})
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent closes it
	stop.Store(true)
	work.Wait()
	close(failures)
	for err := range failures {
		return err
	}
	if _, err := log.Close(ctx); err != nil {
		return err
	}
	sayBooks(log)
	if err := sink.Close(); err != nil {
		return err
	}
	say(saidClosed)
	return nil
}

// openCrashJournal opens the journal with segments so small that many are begun and removed.
func openCrashJournal(dir string) (*inferencelog.Journal, error) {
	return inferencelog.OpenJournal(filepath.Join(dir, "journal"), &inferencelog.JournalOptions{SegmentBytes: 128 << 10})
}

// appendCrashRow appends a row, now and then one more with the durability Fast, which nobody promises anything about, and
// pauses, so that a child is at work for as long as it may live.
func appendCrashRow(ctx context.Context, log *inferencelog.Logger, id string) error {
	to := inferencelog.Target{Table: crashTables[0].ID, Usage: crashTables[1].ID}
	if rand.IntN(4) == 0 {
		log.LogTo(to, crashRow(id+"-fast"))
	}
	to.Durability = inferencelog.Journaled
	if err := log.Append(ctx, to, crashRow(id)); err != nil {
		return fmt.Errorf("row %s: %w", id, err)
	}
	say(saidAcked, id)
	time.Sleep(rand.N(2 * time.Millisecond))
	return nil
}

func sayBooks(log *inferencelog.Logger) {
	s := log.Stats()
	say(saidBooks, s.Accepted, s.Stored, s.Pending, s.Lost)
}

// crashRow returns the row with that id: all that is in it follows from the id.
func crashRow(id string) *inferencelog.Record {
	var seed [32]byte
	copy(seed[:], id)
	random := rand.New(rand.NewChaCha8(seed))
	r := Plain(id, random.IntN(100))
	r.Request = crashBody(random, id)
	r.Response = crashBody(random, id)
	r.RequestTags = map[string]string{"id": id}
	r.StatusCode = 200 + random.IntN(300)
	r.Requester = "requester of " + id
	r.InputTokens = inferencelog.Known(random.Int64())
	return r
}

// crashBody returns up to 4 KiB of text, or once in a while 64.
func crashBody(random *rand.Rand, id string) []byte {
	n := random.IntN(4 << 10)
	if random.IntN(100) == 0 {
		n = 64 << 10
	}
	body := strconv.AppendQuote(nil, id)
	const letters = "\"\\\n\x00\x7f{}[]: abcdefghijklmnopqrstuvwxyz"
	for range n {
		body = append(body, letters[random.IntN(len(letters))])
	}
	return append(body, "é日🙂"...)
}
