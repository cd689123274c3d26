package upstream

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/routing"
)

// Backend is the modelservice.Backend that speaks HTTP. It may be used from any
// number of goroutines.
type Backend struct {
	models    atomic.Pointer[models]
	transport *http.Transport
}

// New returns a backend. What is wrong with a model is an *[InvalidError].
func New(cfg Config) (*Backend, error) {
	b := &Backend{transport: cfg.transport()}
	if err := b.Replace(cfg.Models); err != nil {
		return nil, err
	}
	return b, nil
}

// Replace puts another table of models in place: the whole of it or, with an
// *[InvalidError], nothing. Attempts that have begun end as they began.
func (b *Backend) Replace(given map[string]Model) error {
	table, err := check(given)
	if err != nil {
		return err
	}
	b.models.Store(&table)
	return nil
}

// Speaks returns the APIs that a model speaks, in the order of modelservice's
// constants; nil for a model that is not in the table. It is what
// modelservice.MetastoreOptions.Speaks asks for.
func (b *Backend) Speaks(name catalog.FullName) []modelservice.API {
	m := (*b.models.Load())[name]
	if m == nil {
		return nil
	}
	return m.api.speaks()
}

// Close closes idle connections; those in use close when their attempt ends.
// The backend can still be used.
func (b *Backend) Close() { b.transport.CloseIdleConnections() }

// Send implements modelservice.Backend.
func (b *Backend) Send(ctx context.Context, to modelservice.Target, r *modelservice.Request) (*modelservice.Response, error) {
	m := (*b.models.Load())[to.Model]
	if m == nil {
		return nil, &routing.Failure{Cause: routing.CauseRefused, Class: routing.ClassNotSent,
			Err: fmt.Errorf("upstream: no model %s in the table", to.Model)}
	}
	url := m.urls[r.API]
	if url == nil {
		return nil, fmt.Errorf("upstream: %s, %s: %w", m.name, r.API, modelservice.ErrNotSpoken)
	}
	var s sending
	response, err := b.transport.RoundTrip(m.request(ctx, url, r, &s))
	if err != nil {
		return nil, s.failure(ctx, m, err)
	}
	return m.answer(response)
}
