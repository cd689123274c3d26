package main

import (
	"context"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// compose puts the parts together, everything in memory. Who is done with them
// closes the log, then the catalog.
func compose(ctx context.Context, backend modelservice.Backend) (*modelservice.Metastore, *modelservice.Gateway, *inferencelog.Logger, error) {
	nouns, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		return nil, nil, nil, err
	}
	log := inferencelog.New(inferencelog.NewMemory(), nil)
	ms, err := modelservice.NewMetastore(ctx, nouns, authz.New(nil), &modelservice.MetastoreOptions{Log: log})
	if err != nil {
		return nil, nil, nil, err
	}
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: ms, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: backend,
	})
	return ms, gateway, log, err
}
