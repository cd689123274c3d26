// Command mount does not make a server: it has one, with routes, sessions and
// middleware of its own, and puts management and inference into it. Who calls is
// who has logged in to the host.
//
//	go run ./examples/mount
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/openapi"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/modelward/modelward/modelservice/rest"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mount:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	nouns, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		return err
	}
	log := inferencelog.New(inferencelog.NewMemory(), nil)
	ms, err := modelservice.NewMetastore(ctx, nouns, authz.New(nil), &modelservice.MetastoreOptions{Log: log})
	if err != nil {
		return err
	}
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: ms, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: model{},
	})
	if err != nil {
		return err
	}
	if err := setUp(ctx, ms); err != nil {
		return err
	}

	host := newHost()
	mux := host.routes()
	if err := mount(mux, ms, gateway, host.who); err != nil {
		return err
	}
	server := &http.Server{Handler: host.around(mux), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	told := tell(ctx, out, "http://"+listener.Addr().String())

	// The calls end first, then what they have left to do is done.
	stopped := server.Shutdown(ctx)
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	fmt.Fprintln(out, "requests that the host saw:", host.seen.Load())
	closed := ms.Close(ctx)
	_, lost := log.Close(ctx)
	return errors.Join(told, stopped, closed, lost, nouns.Close(ctx))
}

// mount puts the surfaces where their clients look for them. What else is below
// /api/ stays the host's. An http.ServeMux redirects spellings such as a//b before
// the surfaces see them; they take every path in one spelling only.
func mount(mux *http.ServeMux, ms *modelservice.Metastore, gateway *modelservice.Gateway, who func(*http.Request) (string, error)) error {
	manage, err := rest.New(rest.Config{Metastore: ms, Authenticate: who, Health: gateway.Health, Limits: gateway.Limits})
	if err != nil {
		return err
	}
	infer, err := query.New(query.Config{Gateway: gateway, Metastore: ms, Authenticate: who})
	if err != nil {
		return err
	}
	mux.Handle("/api/2.0/sql/", manage)
	mux.Handle("/api/2.1/unity-catalog/", manage)
	mux.Handle("/api/2.2/unity-catalog/", manage)
	mux.Handle("/ai-gateway/", infer)
	mux.Handle("GET /openapi.json", openapi.Handler())
	return nil
}
