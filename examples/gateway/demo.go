package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice/upstream"
	"go.uber.org/zap"
)

// The models of the demo and the tour.
const (
	primaryModel  = "databricks-claude-opus-4-6"
	fallbackModel = "databricks-gpt-5-2"
	claudeModel   = "databricks-claude-haiku-4-5" // speaks Anthropic's messages
)

// people are the demo's: alice is a metastore admin, bob is in the group
// ai_team and carol in none; both begin as strangers. Their tokens are new each
// time.
type people struct {
	alice, bob, carol string
}

func newPeople() people { return people{rand.Text(), rand.Text(), rand.Text()} }

// expand returns what the variables of a request stand for.
func (p people) expand(gateway, provider string) func(name string) string {
	return func(name string) string {
		return map[string]string{"$GATEWAY": gateway, "$PROVIDER": provider, "$ALICE": p.alice, "$BOB": p.bob, "$CAROL": p.carol}[name]
	}
}

// document is the configuration of the demo and the tour.
func (p people) document(provider string) *document {
	anthropic := string(upstream.Anthropic)
	alice, bob, carol := inferencelog.NewSecret(p.alice), inferencelog.NewSecret(p.bob), inferencelog.NewSecret(p.carol)
	return &document{
		Admins: []string{"alice"},
		Users:  []account{{Name: "alice", Token: &alice}, {Name: "bob", Token: &bob}, {Name: "carol", Token: &carol}},
		Groups: []group{{Name: "ai_team", Members: []string{"bob"}}},
		Models: []model{
			{Name: "system.ai." + primaryModel, BaseURL: provider + "/primary"},
			{Name: "system.ai." + fallbackModel, BaseURL: provider + "/fallback"},
			{Name: "system.ai." + claudeModel, BaseURL: provider + "/claude", API: &anthropic},
		},
	}
}

// demo serves, in memory, three models that this process plays itself.
func (c *command) demo(signals signals, stdout io.Writer, logger *zap.Logger) error {
	ctx := context.Background()
	provider, err := startProvider()
	if err != nil {
		return err
	}
	defer provider.close()
	who := newPeople()
	s, err := c.settings(ctx, who.document(provider.url), os.LookupEnv)
	if err != nil {
		return err
	}
	r, err := start(ctx, s, logger)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "listening on", r.url)
	who.explain(stdout, r.url, provider.url)
	return r.untilSignal(signals, stdout, func() {
		logger.Warn("the demo has no configuration file to read again")
	})
}

// explain prints what to try.
func (p people) explain(stdout io.Writer, gateway, provider string) {
	fmt.Fprintf(stdout, `
This is a demo: three scripted models, everything in memory. alice is a metastore
admin; bob is in the group ai_team; carol is new. In another shell:

export GATEWAY=%s PROVIDER=%s
export ALICE=%s BOB=%s CAROL=%s
`, gateway, provider, p.alice, p.bob, p.carol)
	for _, x := range script() {
		if x.demo {
			fmt.Fprintf(stdout, "\n# %s\n%s\n", x.says, x.curl())
		}
	}
	fmt.Fprintf(stdout, "\nInterrupt (Ctrl-C) to stop.\n")
}
