package modelservice_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

var errSink = errors.New("the sink is unwell")

// sink keeps rows in memory and can be made to refuse tables.
type sink struct {
	*inferencelogtest.Hooked
	noCreate atomic.Bool // Create fails and makes nothing
	noDrop   atomic.Bool // Drop fails and drops nothing
	forgets  atomic.Bool // Write stores nothing
}

func newSink() *sink {
	return &sink{Hooked: &inferencelogtest.Hooked{LogSink: inferencelog.NewMemory()}}
}

// Create implements inferencelog.LogSink.
func (s *sink) Create(ctx context.Context, t inferencelog.Table) error {
	if s.noCreate.Load() {
		return errSink
	}
	return s.Hooked.Create(ctx, t)
}

// Drop implements inferencelog.LogSink.
func (s *sink) Drop(ctx context.Context, id uint64) error {
	if s.noDrop.Load() {
		return errSink
	}
	return s.Hooked.Drop(ctx, id)
}

// Write implements inferencelog.LogSink.
func (s *sink) Write(ctx context.Context, id uint64, batch []*inferencelog.Record) error {
	if s.forgets.Load() {
		return nil
	}
	return s.Hooked.Write(ctx, id, batch)
}

// dump lists the tables.
func (s *sink) dump(w *world) string {
	w.Helper()
	tables, err := s.Tables(context.Background())
	w.must(err)
	var b strings.Builder
	for _, t := range tables {
		fmt.Fprintf(&b, "sink table %d %s\n", t.ID, t.Name)
	}
	return b.String()
}
