package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/authn"
	"github.com/modelward/modelward/modelservice/rest"
)

// desk is the management API in front of a catalog that has the models of the
// platform and the schema main.default.
type desk struct {
	catalog *catalog.Catalog
	ms      *modelservice.Metastore
	owner   catalog.PrincipalID // of main and of what is in it
	reader  catalog.PrincipalID // who may use them, and has no other right yet
	holder  catalog.PrincipalID // likewise
	address string
}

// The tokens of those three.
const (
	ownerToken  = "owner-token-0123456789"
	readerToken = "reader-token-0123456789"
	holderToken = "holder-token-0123456789"
)

const servicesPath = "/api/2.1/unity-catalog/model-services"

var mainDefault = catalog.FullName{Catalog: "main", Schema: "default"}

// openDesk opens one on a store, which it closes.
func openDesk(tb testing.TB, store catalog.Store) *desk {
	tb.Helper()
	ctx := context.Background()
	do := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	c, err := catalog.Open(ctx, store, &catalog.Options{Kinds: modelservice.Kinds()})
	do(err)
	tb.Cleanup(func() { c.Close(ctx) })
	d := &desk{catalog: c}
	d.ms, err = modelservice.NewMetastore(ctx, c, authz.New(nil), nil)
	do(err)
	do(d.ms.SyncSystem(ctx, []string{"first", "second"}))
	_, err = c.Update(ctx, "bench", func(tx *catalog.Tx) (err error) {
		for name, id := range map[string]*catalog.PrincipalID{"owner": &d.owner, "reader": &d.reader, "holder": &d.holder} {
			if *id, err = tx.CreatePrincipal(catalog.User, name); err != nil {
				return err
			}
		}
		main, err := tx.Create(catalog.Draft{Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: mainDefault.Catalog, Owner: d.owner})
		if err != nil {
			return err
		}
		if _, err := tx.Create(catalog.Draft{Type: catalog.TypeSchema, Parent: main, Name: mainDefault.Schema, Owner: d.owner}); err != nil {
			return err
		}
		if err := tx.Grant(main, d.reader, catalog.UseCatalog, catalog.UseSchema); err != nil {
			return err
		}
		return tx.Grant(main, d.holder, catalog.UseCatalog, catalog.UseSchema)
	})
	do(err)
	tokens, err := authn.NewTokens(map[string]string{ownerToken: "owner", readerToken: "reader", holderToken: "holder"})
	do(err)
	handler, err := rest.New(rest.Config{Metastore: d.ms, Authenticate: tokens.Authenticate})
	do(err)
	server := httptest.NewServer(handler)
	tb.Cleanup(server.Close)
	d.address = server.Listener.Addr().String()
	return d
}

// visitor is somebody with a connection to a desk.
type visitor struct {
	desk   *desk
	token  string
	conn   net.Conn
	reader *bufio.Reader
	sent   []byte
	body   bytes.Buffer
}

func (d *desk) visitor(tb testing.TB, token string) *visitor {
	tb.Helper()
	conn, err := net.Dial("tcp", d.address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	return &visitor{desk: d, token: token, conn: conn, reader: bufio.NewReader(conn)}
}

// ask sends one request and returns the body of its answer, which is valid
// until the next. Anything but 200 is an error.
func (v *visitor) ask(method, target, body string) ([]byte, error) {
	if err := v.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	v.sent = fmt.Appendf(v.sent[:0], "%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		method, target, v.desk.address, v.token, len(body), body)
	if _, err := v.conn.Write(v.sent); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(v.reader, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	v.body.Reset()
	if _, err := io.Copy(&v.body, answer.Body); err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s answers %d %s", method, target, answer.StatusCode, v.body.Bytes())
	}
	return v.body.Bytes(), nil
}

// create makes a service with a fallback and two limits in main.default.
func (v *visitor) create(name string) error {
	_, err := v.ask("POST", servicesPath+"?parent=schemas/main.default&model_service_id="+name, newServiceBody)
	return err
}

const newServiceBody = `{"comment":"Answers for the team.","config":{"routing":{` +
	`"destinations":[{"name":"primary","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/system.ai.first"}}],` +
	`"fallback":{"destinations":[{"name":"second","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/system.ai.second"}}]}},` +
	`"rate_limits":[{"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","requests":1000},` +
	`{"key":"RATE_LIMIT_KEY_USER_DEFAULT","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","requests":100,"tokens":100000}]}}`
