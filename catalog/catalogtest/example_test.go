package catalogtest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
)

// A disk that fails once: the update leaves no trace, and the next one works.
func ExampleFaultStore() {
	ctx := context.Background()
	appends := 0
	store := &catalogtest.FaultStore{Store: catalog.NewMemoryStore(), Before: func(op catalogtest.Op) error {
		if op != catalogtest.OpAppend {
			return nil
		}
		if appends++; appends == 2 { // the first one is the founding
			return errors.New("disk full")
		}
		return nil
	}}
	c, err := catalog.Open(ctx, store, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	hire := func(tx *catalog.Tx) error {
		_, err := tx.CreatePrincipal(catalog.User, "alice")
		return err
	}
	for range 2 {
		_, err := c.Update(ctx, "admin", hire)
		_, there := c.Snapshot().PrincipalNamed("alice")
		fmt.Println(err, there)
	}
	// Output:
	// catalog: append commit 2: disk full false
	// <nil> true
}
