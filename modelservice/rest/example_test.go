package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/rest"
)

func Example() {
	ctx := context.Background()
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	_, err = c.Update(ctx, catalog.SystemUserName, func(tx *catalog.Tx) error {
		alice, err := tx.CreatePrincipal(catalog.User, "alice@example.com")
		if err != nil {
			return err
		}
		return tx.AddMember(catalog.MetastoreAdmins, alice)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ms, err := modelservice.NewMetastore(ctx, c, authz.New(nil), nil)
	if err != nil {
		fmt.Println(err)
		return
	}

	api, err := rest.New(rest.Config{
		Metastore: ms,
		Authenticate: func(r *http.Request) (string, error) {
			if r.Header.Get("Authorization") != "Bearer alices-token" {
				return "", errors.New("unknown token")
			}
			return "alice@example.com", nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(api)
	defer server.Close()

	for _, line := range []string{
		`POST /api/2.1/unity-catalog/catalogs {"name": "Main", "comment": "for all"}`,
		`POST /api/2.0/sql/statements {"statement": "GRANT USE CATALOG ON CATALOG main TO ` + "`account users`" + `"}`,
		`GET /api/2.1/unity-catalog/permissions/catalog/main {}`,
	} {
		method, line, _ := strings.Cut(line, " ")
		path, body, _ := strings.Cut(line, " ")
		req, err := http.NewRequestWithContext(ctx, method, server.URL+path, strings.NewReader(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		req.Header.Set("Authorization", "Bearer alices-token")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		answer, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(resp.Status, resp.Header.Get("Content-Type"), len(answer) > 0)
		if method == "GET" {
			fmt.Println(string(answer))
		}
	}
	// Output:
	// 200 OK application/json true
	// 200 OK application/json true
	// 200 OK application/json true
	// {"privilege_assignments":[{"principal":"account users","privileges":["USE_CATALOG"]}]}
}
