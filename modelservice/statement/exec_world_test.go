package statement_test

import (
	"context"
	"errors"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

// world is a metastore with a catalog main, in it default and logging, a service
// main.default.team-chat that logs to main.logging.team_chat_payload, all of
// alice, a metastore admin; bob, in ai_team; and carol, who has no rights.
type world struct {
	*testing.T
	ctx  context.Context
	ms   *modelservice.Metastore
	sink *inferencelog.Memory
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, ctx: context.Background(), sink: inferencelog.NewMemory()}
	c, err := catalog.Open(w.ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	w.check(err)
	t.Cleanup(func() { c.Close(w.ctx) })
	log := inferencelog.New(w.sink, nil)
	t.Cleanup(func() { log.Close(w.ctx) })
	w.ms, err = modelservice.NewMetastore(w.ctx, c, authz.New(nil), &modelservice.MetastoreOptions{Log: log})
	w.check(err)
	w.update(func(tx *catalog.Tx) error {
		alice, _ := tx.CreatePrincipal(catalog.User, "alice")
		bob, _ := tx.CreatePrincipal(catalog.User, "bob@example.com")
		_, _ = tx.CreatePrincipal(catalog.User, "carol")
		team, _ := tx.CreatePrincipal(catalog.Group, "ai_team")
		return errors.Join(tx.AddMember(team, bob), tx.AddMember(catalog.MetastoreAdmins, alice))
	})
	w.check(w.ms.SyncSystem(w.ctx, []string{"opus", "gpt"}))
	_, err = w.ms.CreateCatalog(w.ctx, w.id("alice"), modelservice.NewObject{Name: "main"})
	w.check(err)
	for _, schema := range []string{"default", "logging"} {
		_, err = w.ms.CreateSchema(w.ctx, w.id("alice"), w.name("main"), modelservice.NewObject{Name: schema})
		w.check(err)
	}
	w.service("main.default", "team-chat", &modelservice.InferenceTable{Parent: "main.logging", Prefix: "team_chat"})
	return w
}

func (w *world) service(parent, name string, table *modelservice.InferenceTable) {
	w.Helper()
	_, err := w.ms.CreateService(w.ctx, w.id("alice"), modelservice.NewService{Parent: w.name(parent), Name: name, Spec: modelservice.Spec{
		Destinations:   []modelservice.Destination{{Name: "a", Type: modelservice.PayPerToken, Model: "system.ai.opus"}},
		InferenceTable: table,
	}})
	w.check(err)
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) update(change func(*catalog.Tx) error) {
	w.Helper()
	_, err := w.ms.Catalog().Update(w.ctx, "test", change)
	w.check(err)
}

func (w *world) id(name string) catalog.PrincipalID {
	w.Helper()
	p, ok := w.ms.Catalog().Snapshot().PrincipalNamed(name)
	if !ok {
		w.Fatalf("there is no %s", name)
	}
	return p.ID
}

func (w *world) name(text string) catalog.FullName {
	w.Helper()
	n, err := catalog.ParseFullName(text)
	w.check(err)
	return n
}

func (w *world) version() uint64 { return w.ms.Catalog().Snapshot().Version() }

// execute expects success.
func (w *world) execute(who, text string) *statement.Result {
	w.Helper()
	result, err := statement.Execute(w.ctx, w.ms, w.id(who), text, nil)
	if err != nil {
		w.Fatalf("%s: %s\n%v", who, text, err)
	}
	return result
}

// refused expects an error that has changed nothing.
func (w *world) refused(who, text string) *modelservice.Error {
	w.Helper()
	before := w.version()
	result, err := statement.Execute(w.ctx, w.ms, w.id(who), text, nil)
	if err == nil || result != nil {
		w.Fatalf("%s: %s\nis not refused: %v", who, text, result)
	}
	if w.version() != before {
		w.Errorf("%s: %s\nis refused and has changed something", who, text)
	}
	e, ok := err.(*modelservice.Error)
	if !ok {
		w.Fatalf("%s: %s\nthe error is %T, want *modelservice.Error", who, text, err)
	}
	return e
}

// grants are those on an object itself, as "principal privilege".
func (w *world) grants(t catalog.SecurableType, name string) []string {
	w.Helper()
	var n catalog.FullName
	if name != "" {
		n = w.name(name)
	}
	assignments, err := w.ms.Grants(w.id("alice"), t, n, "")
	w.check(err)
	var out []string
	for _, a := range assignments {
		for _, p := range a.Privileges {
			out = append(out, a.Principal+" "+string(p))
		}
	}
	return out
}

func cells(rows [][]*string) [][]string {
	var out [][]string
	for _, r := range rows {
		var line []string
		for _, v := range r {
			if v == nil {
				line = append(line, "NULL")
			} else {
				line = append(line, *v)
			}
		}
		out = append(out, line)
	}
	return out
}
