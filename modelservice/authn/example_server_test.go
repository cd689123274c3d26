package authn_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/authn"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/modelward/modelward/modelservice/rest"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// noModel is a backend that is away.
type noModel struct{}

func (noModel) Send(context.Context, modelservice.Target, *modelservice.Request) (*modelservice.Response, error) {
	return nil, errors.New("away")
}

// One table of tokens, and one function, for both surfaces. A token stands for a
// name, and the catalog knows whose name that is: nobody's is as good as no token.
func Example() {
	ctx := context.Background()
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	_, err = c.Update(ctx, catalog.SystemUserName, func(tx *catalog.Tx) error {
		_, err := tx.CreatePrincipal(catalog.User, "alice@example.com")
		return err
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	metastore, err := modelservice.NewMetastore(ctx, c, authz.New(nil), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer metastore.Close(ctx)
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: metastore, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: noModel{},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	tokens, err := authn.NewTokens(map[string]string{"a-secret": "alice@example.com", "b-secret": "bob@example.com"})
	if err != nil {
		fmt.Println(err)
		return
	}
	management, err := rest.New(rest.Config{Metastore: metastore, Authenticate: tokens.Authenticate})
	if err != nil {
		fmt.Println(err)
		return
	}
	inference, err := query.New(query.Config{Gateway: gateway, Metastore: metastore, Authenticate: tokens.Authenticate})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", management)
	mux.Handle("/ai-gateway/", inference)

	for _, token := range []string{"a-secret", "b-secret", "c-secret"} {
		for _, path := range []string{"/api/2.1/unity-catalog/catalogs", "/ai-gateway/openai/v1/models"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, r)
			fmt.Println(token, path, w.Code)
		}
	}
	// Output:
	// a-secret /api/2.1/unity-catalog/catalogs 200
	// a-secret /ai-gateway/openai/v1/models 200
	// b-secret /api/2.1/unity-catalog/catalogs 401
	// b-secret /ai-gateway/openai/v1/models 401
	// c-secret /api/2.1/unity-catalog/catalogs 401
	// c-secret /ai-gateway/openai/v1/models 401
}
