package authz_test

import (
	"flag"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/authz/authztest"
)

var (
	decisions    = flag.Int64("decisions", 3_000_000, "how many decisions TestStories compares with the oracle, at least")
	firstStory   = flag.Uint64("story", 0, "the story that TestStories begins with")
	histories    = flag.Int("histories", 500, "how many histories TestHistories proves linearisable")
	firstHistory = flag.Uint64("history", 0, "the history that TestHistories begins with")
)

func TestStories(t *testing.T) {
	t.Parallel()
	authztest.TestStories(t, func() *authz.Authorizer { return authz.New(nil) }, *firstStory, *decisions)
}

func TestHistories(t *testing.T) {
	t.Parallel()
	authztest.TestHistories(t, func() *authz.Authorizer { return authz.New(nil) }, *firstHistory, *histories)
}
