package modelservice_test

import (
	"context"
	"errors"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// opensBeside opens a metastore with a new catalog beside a log.
func opensBeside(t *testing.T, log *inferencelog.Logger) error {
	t.Helper()
	c, err := catalog.Open(t.Context(), nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	_, err = modelservice.NewMetastore(t.Context(), c, authz.New(nil), &modelservice.MetastoreOptions{Log: log})
	return err
}

// A catalog that is new does not take away the rows of one that was lost.
func TestLogOfAnotherCatalog(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.calls(3)
	if err := opensBeside(t, w.log); !errors.Is(err, modelservice.ErrForeignLog) {
		t.Errorf("opening with a new catalog: %v", err)
	}
	if n := len(w.rows()); n != 3 {
		t.Errorf("%d rows are left", n)
	}
	w.calls(1)
	if n := len(w.rows()); n != 4 {
		t.Errorf("%d rows after another call", n)
	}
}

// What a first start that was interrupted has left is no reason to stay closed.
func TestLogOfAnInterruptedStart(t *testing.T) {
	log := inferencelog.New(inferencelog.NewMemory(), nil)
	defer log.Close(context.Background())
	for id, name := range map[uint64]string{7: "system.ai_gateway.usage", 1000: "main.default.x"} {
		if err := log.Create(t.Context(), inferencelog.Table{ID: id, Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	if err := opensBeside(t, log); err != nil {
		t.Error(err)
	}
}
