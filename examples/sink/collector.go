package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/modelward/modelward/inferencelog"
)

// collector is an [inferencelog.LogSink] that posts rows to a log collector over
// HTTP, a batch a request, a row a line of JSON. It does not know what becomes of
// them there, so it is no [inferencelog.RowReader]; it takes rows at their word
// when the collector answers with 2xx. That keeps rows once by their
// invocation_id, since a batch whose answer was lost is posted again.
type collector struct {
	base   string
	client *http.Client

	mu     sync.RWMutex
	closed bool
	tables map[uint64]inferencelog.Table // that were made and not dropped
}

func newCollector(base string, client *http.Client) *collector {
	return &collector{base: base, client: client, tables: map[uint64]inferencelog.Table{}}
}

func (c *collector) Create(ctx context.Context, t inferencelog.Table) error {
	if err := cmp.Or(ctx.Err(), t.Validate()); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return inferencelog.ErrClosed
	}
	for _, there := range c.tables {
		if there.ID == t.ID || there.Name == t.Name {
			return inferencelog.ErrTableExists
		}
	}
	c.tables[t.ID] = t
	return nil
}

func (c *collector) Drop(ctx context.Context, id uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.table(ctx, id); err != nil {
		return err
	}
	delete(c.tables, id)
	return nil
}

func (c *collector) Tables(ctx context.Context) ([]inferencelog.Table, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.closed {
		return nil, inferencelog.ErrClosed
	}
	var all []inferencelog.Table
	for _, t := range c.tables {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b inferencelog.Table) int { return cmp.Compare(a.ID, b.ID) })
	return all, ctx.Err()
}

func (c *collector) Write(ctx context.Context, id uint64, batch []*inferencelog.Record) error {
	c.mu.RLock()
	defer c.mu.RUnlock() // so that no row of a table comes after its end
	t, err := c.table(ctx, id)
	if err != nil {
		return err
	}
	var lines []byte
	for _, r := range batch {
		if err := r.Validate(); err != nil {
			return err
		}
		lines = append(r.AppendJSON(lines, t.Layout), '\n')
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/"+url.PathEscape(t.Name), bytes.NewReader(lines))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-ndjson")
	answer, err := c.client.Do(request)
	if err != nil {
		return err
	}
	answer.Body.Close()
	switch {
	case answer.StatusCode/100 == 2:
		return nil
	case answer.StatusCode == http.StatusBadRequest, answer.StatusCode == http.StatusRequestEntityTooLarge:
		return fmt.Errorf("%w: the collector answered %d", inferencelog.ErrRejected, answer.StatusCode)
	}
	return fmt.Errorf("sink: the collector answered %d", answer.StatusCode) // it is tried again
}

func (c *collector) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return nil
}

// table finds a table. The caller holds mu.
func (c *collector) table(ctx context.Context, id uint64) (inferencelog.Table, error) {
	if c.closed {
		return inferencelog.Table{}, inferencelog.ErrClosed
	}
	t, ok := c.tables[id]
	if !ok {
		return t, inferencelog.ErrNoTable
	}
	return t, ctx.Err()
}
