package main

import (
	"context"
	"slices"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/authn"
)

// apply makes the settings' principals, models and tokens the gateway's. What a
// configuration may be refused for is found out before anything is changed: by
// check, by the table of tokens, and by the one update here, which then does
// nothing. A token is valid
// only once its principal is there.
func (g *gateway) apply(ctx context.Context, s *settings) error {
	if _, err := authn.NewTokens(s.tokens); err != nil {
		return err
	}
	_, err := g.catalog.Update(ctx, fromFile, func(tx *catalog.Tx) error {
		if err := syncPrincipals(tx, s.doc); err != nil {
			return err
		}
		return modelservice.SyncSystem(tx, leaves(s.models))
	})
	if err != nil {
		return err
	}
	if err := g.upstream.Replace(s.models); err != nil {
		return err
	}
	return g.tokens.Replace(s.tokens)
}

// reload reads the configuration file again and applies it, all of it or
// nothing. now are the settings that the gateway was started with.
func (g *gateway) reload(ctx context.Context, path string, env lookupEnv, now *settings) error {
	doc, err := readDocument(path)
	if err != nil {
		return err
	}
	if now.listenGiven {
		doc.Listen = &now.listen
	}
	next, err := doc.check(ctx, env)
	if err != nil {
		return err
	}
	if key := now.fixed(next); key != "" {
		return &fault{"/" + key, "cannot change while the gateway runs; restart it"}
	}
	return g.apply(ctx, next)
}

// fixed returns a key whose value differs and is read at the start only.
func (s *settings) fixed(next *settings) string {
	switch {
	case s.listen != next.listen:
		return "listen"
	case s.dataDir != next.dataDir:
		return "data_dir"
	case !slices.Equal(s.sessionHeaders, next.sessionHeaders):
		return "session_headers"
	case s.timeouts != next.timeouts:
		return "timeouts"
	case !slices.Equal(s.logHeaders, next.logHeaders):
		return "log_headers"
	case s.tables != next.tables:
		return "inference_tables"
	case s.chargeAfter != next.chargeAfter:
		return "token_charging"
	}
	return ""
}
