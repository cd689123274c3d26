package modelservice_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// Each team has two requests a minute: the tag of a call says whose it is.
// Whoever asks can see how much is left.
func ExampleGateway_Limits() {
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
	gw, err := modelservice.NewGateway(modelservice.Config{
		Metastore: ms, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: echo{},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var ada catalog.PrincipalID
	_, err = c.Update(ctx, "host", func(tx *catalog.Tx) (err error) {
		if ada, err = tx.CreatePrincipal(catalog.User, "ada@example.com"); err != nil {
			return err
		}
		return tx.AddMember(catalog.MetastoreAdmins, ada)
	})
	main := catalog.FullName{Catalog: "main"}
	_, err1 := ms.CreateCatalog(ctx, ada, modelservice.NewObject{Name: "main"})
	_, err2 := ms.CreateSchema(ctx, ada, main, modelservice.NewObject{Name: "default"})
	two := int64(2)
	synced := ms.SyncSystem(ctx, []string{"small"})
	_, err3 := ms.CreateService(ctx, ada, modelservice.NewService{
		Parent: main.Child("default"), Name: "chat", Spec: modelservice.Spec{
			Destinations: []modelservice.Destination{{Name: "only", Model: "system.ai.small"}},
			RateLimits: []modelservice.RateLimit{
				{Key: ratelimit.KeyRequestTag, TagKey: "team", Period: ratelimit.Minute, Requests: &two},
			},
		},
	})
	if err := errors.Join(err, err1, err2, synced, err3); err != nil {
		fmt.Println(err)
		return
	}

	chat := main.Child("default").Child("chat")
	for range 3 {
		tags := map[string]string{"team": "blue"}
		report, err := gw.Limits(ctx, ada, chat, "", tags)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, l := range report.Limits {
			fmt.Printf("%s=%s: %d of %d %s used\n", l.TagKey, l.TagValue, l.Used, l.Limit, l.Dimension)
		}
		_, err = gw.Invoke(ctx, &modelservice.Call{
			Caller: ada, Tags: tags, Body: []byte(`{"model":"main.default.chat","messages":[{"role":"user","content":"Hi!"}]}`),
		})
		fmt.Println("answered:", err == nil, "as foretold:", (err == nil) == (report.Refusal == nil))
	}
	// Output:
	// team=blue: 0 of 2 requests used
	// answered: true as foretold: true
	// team=blue: 1 of 2 requests used
	// answered: true as foretold: true
	// team=blue: 2 of 2 requests used
	// answered: false as foretold: true
}
