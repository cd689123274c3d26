package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// process is one life of a server: what a crash or a restart ends.
type process struct {
	ms      *modelservice.Metastore
	gateway *modelservice.Gateway
	log     *inferencelog.Logger
}

// start puts a process together over what outlives it: the catalog, the store of
// the rows, and the folder of the journal, which gives the store what an earlier
// process has left.
func start(ctx context.Context, nouns *catalog.Catalog, store inferencelog.LogSink, folder string) (*process, error) {
	journal, err := inferencelog.OpenJournal(folder, nil)
	if err != nil {
		return nil, err
	}
	log := inferencelog.New(store, &inferencelog.Options{Journal: journal})
	ms, err := modelservice.NewMetastore(ctx, nouns, authz.New(nil), &modelservice.MetastoreOptions{Log: log})
	if err != nil {
		return nil, err
	}
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: ms, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: model{},
	})
	return &process{ms, gateway, log}, err
}

// stop ends it, calls first. What it returns as lost is exact.
func (p *process) stop(ctx context.Context) (lost int64, err error) {
	stopped := p.ms.Close(ctx)
	lost, err = p.log.Close(ctx)
	return lost, errors.Join(stopped, err)
}

// store is a [inferencelog.LogSink] that can be away.
type store struct {
	*inferencelog.Memory
	away atomic.Bool
}

func (s *store) Write(ctx context.Context, table uint64, batch []*inferencelog.Record) error {
	if s.away.Load() {
		return errors.New("payloadlog: the store is away")
	}
	return s.Memory.Write(ctx, table, batch)
}

// model is a [modelservice.Backend] that answers by itself.
type model struct{}

func (model) Send(_ context.Context, _ modelservice.Target, _ *modelservice.Request) (*modelservice.Response, error) {
	const answer = `{"choices":[{"message":{"content":"Ahoy."},"finish_reason":"stop"}],` +
		`"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`
	return &modelservice.Response{Status: 200, Body: io.NopCloser(strings.NewReader(answer))}, nil
}
