package modelservice_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// A limit is doubled, whatever it is. Who asks for a change of a service that is
// not any more as he has seen it is told so.
func ExampleMetastore_UpdateServiceFunc() {
	ctx := context.Background()
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	ms, err := modelservice.NewMetastore(ctx, c, authz.New(nil), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var ada catalog.PrincipalID
	main := catalog.FullName{Catalog: "main"}
	name := main.Child("default").Child("chat")
	perMinute := int64(1_000)
	for _, step := range []func() error{
		func() error { return ms.SyncSystem(ctx, []string{"large"}) },
		func() error {
			_, err := c.Update(ctx, "host", func(tx *catalog.Tx) (err error) {
				if ada, err = tx.CreatePrincipal(catalog.User, "ada@example.com"); err != nil {
					return err
				}
				return tx.AddMember(catalog.MetastoreAdmins, ada)
			})
			return err
		},
		func() error {
			_, err := ms.CreateCatalog(ctx, ada, modelservice.NewObject{Name: "main"})
			return err
		},
		func() error {
			_, err := ms.CreateSchema(ctx, ada, main, modelservice.NewObject{Name: "default"})
			return err
		},
	} {
		if err := step(); err != nil {
			fmt.Println(err)
			return
		}
	}
	made, err := ms.CreateService(ctx, ada, modelservice.NewService{Parent: name.Parent(), Name: "chat", Spec: modelservice.Spec{
		Destinations: []modelservice.Destination{{Name: "only", Model: "system.ai.large"}},
		RateLimits:   []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: &perMinute}},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}

	changed, err := ms.UpdateServiceFunc(ctx, ada, name, func(s modelservice.Service) (modelservice.ServiceChange, error) {
		for _, l := range s.Spec.RateLimits {
			*l.Requests *= 2
		}
		return modelservice.ServiceChange{RateLimits: &s.Spec.RateLimits}, nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*changed.Spec.RateLimits[0].Requests, "requests a minute")

	comment := "The limit is fine as it is."
	_, err = ms.UpdateService(ctx, ada, name, modelservice.ServiceChange{Comment: &comment, Etag: made.Etag})
	var refused *modelservice.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Code)
	}
	// Output:
	// 2000 requests a minute
	// ABORTED
}
