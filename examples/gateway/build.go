package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/boltstore"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/authn"
	"github.com/modelward/modelward/modelservice/openapi"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/modelward/modelward/modelservice/rest"
	"github.com/modelward/modelward/modelservice/upstream"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/boltlimit"
	"github.com/modelward/modelward/routing"
	"go.uber.org/zap"
)

// gateway is the library's parts, put together. What is kept here by name is
// what has to be closed, or is replaced when the configuration is read again.
type gateway struct {
	catalog   *catalog.Catalog
	sink      inferencelog.LogSink
	log       *inferencelog.Logger
	pruning   func() // ends the deletion of old rows; nil: there is none
	limiter   *ratelimit.Limiter
	limits    *boltlimit.Keeper // nil: in memory
	metastore *modelservice.Metastore
	upstream  *upstream.Backend
	tokens    *authn.Tokens
	surfaces  *surfaces
}

// lockTimeout is how long a start waits for another process to let go of the
// data folder.
const lockTimeout = 100 * time.Millisecond

// build makes a gateway. When it fails, nothing stays open.
func build(ctx context.Context, s *settings, logger *zap.Logger) (*gateway, error) {
	g := new(gateway)
	err := g.open(ctx, s, logger)
	if err == nil {
		err = g.compose(ctx, s, logger)
	}
	if err != nil {
		_, closing := g.close(ctx)
		return nil, errors.Join(err, closing)
	}
	return g, nil
}

// open opens what lasts: the catalog, the inference tables and what is used of
// the limits.
func (g *gateway) open(ctx context.Context, s *settings, logger *zap.Logger) (err error) {
	var store catalog.Store // nil: in memory
	if s.dataDir != "" {
		if err := os.MkdirAll(s.dataDir, 0o700); err != nil {
			return faultf("/data_dir", "%v", err)
		}
		// The catalog first: it is the one that refuses a second process.
		if store, err = boltstore.Open(filepath.Join(s.dataDir, "catalog.db"), &boltstore.Options{LockTimeout: lockTimeout}); err != nil {
			return err
		}
	}
	if g.catalog, err = catalog.Open(ctx, store, &catalog.Options{Kinds: modelservice.Kinds()}); err != nil {
		return err
	}
	if err := g.openLog(s, logger); err != nil {
		return err
	}
	g.limiter = ratelimit.New(&ratelimit.Options{ChargeAfter: s.chargeAfter})
	if s.dataDir != "" {
		file := filepath.Join(s.dataDir, "limits.db")
		if g.limits, err = boltlimit.Keep(file, g.limiter.Memory(), &boltlimit.Options{LockTimeout: lockTimeout, Zap: logger}); err != nil {
			return err
		}
	}
	g.metastore, err = modelservice.NewMetastore(ctx, g.catalog, authz.New(nil),
		&modelservice.MetastoreOptions{
			Log: g.log, Logger: logger,
			// The backend comes later than its metastore, and before any caller.
			Speaks: func(model catalog.FullName) []modelservice.API { return g.upstream.Speaks(model) },
		})
	return err
}

// compose puts the data plane and the two HTTP surfaces on top.
func (g *gateway) compose(ctx context.Context, s *settings, logger *zap.Logger) (err error) {
	if g.upstream, err = upstream.New(upstream.Config{ConnectTimeout: s.timeouts.connect}); err != nil {
		return err
	}
	if g.tokens, err = authn.NewTokens(nil); err != nil {
		return err
	}
	if err := g.apply(ctx, s); err != nil { // models, principals and tokens
		return err
	}
	calls, err := modelservice.NewGateway(modelservice.Config{
		Metastore: g.metastore,
		Router: routing.New(&routing.Options{
			Timeouts: routing.Timeouts{
				FirstToken: s.timeouts.firstToken, Idle: s.timeouts.idle,
				Attempt: s.timeouts.attempt, Total: s.timeouts.total,
			},
			Cooldown: &s.timeouts.cooldown,
			Logger:   logger,
		}),
		Limiter: g.limiter,
		Backend: g.upstream,
		Logger:  logger,
	})
	if err != nil {
		return err
	}
	management, err := rest.New(rest.Config{Metastore: g.metastore, Authenticate: g.tokens.Authenticate, Health: calls.Health, Limits: calls.Limits, Logger: logger})
	if err != nil {
		return err
	}
	inference, err := query.New(query.Config{
		Gateway: calls, Metastore: g.metastore, Authenticate: g.tokens.Authenticate,
		SessionHeaders: s.sessionHeaders, LogHeaders: s.logHeaders, Logger: logger,
	})
	if err != nil {
		return err
	}
	g.surfaces = &surfaces{
		management: management, inference: inference, document: openapi.Handler(),
		rows: g.log, limits: g.limiter.Health,
	}
	return nil
}

// close saves the limits, drains the log and closes the stores, in the order in
// which nothing is missed. It returns how many rows were lost since the start.
func (g *gateway) close(ctx context.Context) (lost int64, err error) {
	var failed []error
	if g.limits != nil {
		failed = append(failed, g.closeLimits(ctx))
	}
	if g.metastore != nil {
		failed = append(failed, g.metastore.Close(ctx))
	}
	lost, err = g.closeLog(ctx)
	failed = append(failed, err)
	if g.catalog != nil {
		failed = append(failed, g.catalog.Close(ctx))
	}
	if g.upstream != nil {
		g.upstream.Close()
	}
	if err := errors.Join(failed...); err != nil {
		return lost, fmt.Errorf("close: %w", err)
	}
	return lost, nil
}

// closeLimits saves the limits. While that fails it is tried again, and the log,
// which has more to lose, needs time as well: half of it is for the limits.
func (g *gateway) closeLimits(ctx context.Context) error {
	if end, ok := ctx.Deadline(); ok {
		var done context.CancelFunc
		ctx, done = context.WithTimeout(ctx, time.Until(end)/2)
		defer done()
	}
	return g.limits.Close(ctx)
}
