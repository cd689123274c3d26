package statement_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

// Which calls of the last hour went wrong, the slowest first?
func ExampleExecute_select() {
	ctx := context.Background()
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	var alice catalog.PrincipalID
	_, err = c.Update(ctx, "setup", func(tx *catalog.Tx) error {
		var made error
		alice, made = tx.CreatePrincipal(catalog.User, "alice")
		return errors.Join(made, tx.AddMember(catalog.MetastoreAdmins, alice))
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	log := inferencelog.New(inferencelog.NewMemory(), nil)
	defer log.Close(ctx)
	ms, err := modelservice.NewMetastore(ctx, c, authz.New(nil), &modelservice.MetastoreOptions{Log: log})
	if err != nil {
		fmt.Println(err)
		return
	}
	noon := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	run := func(text string) [][]*string {
		result, err := statement.Execute(ctx, ms, alice, text, &statement.Options{Now: func() time.Time { return noon }})
		if err != nil {
			fmt.Println(err)
			return nil
		}
		return result.Rows
	}
	run("CREATE CATALOG main")
	run("CREATE SCHEMA main.logging")
	err = ms.SyncSystem(ctx, []string{"opus"})
	if err == nil {
		_, err = ms.CreateService(ctx, alice, modelservice.NewService{
			Parent: catalog.FullName{Catalog: "main", Schema: "logging"}, Name: "chat", Spec: modelservice.Spec{
				Destinations:   []modelservice.Destination{{Name: "a", Type: modelservice.PayPerToken, Model: "system.ai.opus"}},
				InferenceTable: &modelservice.InferenceTable{Parent: "main.logging", Prefix: "chat"},
			}})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	// Calls of the service write rows; here they are made up.
	table, _ := c.Snapshot().Lookup(catalog.TypeTable, catalog.FullName{Catalog: "main", Schema: "logging", Object: "chat_payload"})
	for i, status := range []int{200, 502, 429, 504, 200, 504} {
		log.Log(uint64(table), &inferencelog.Record{
			RequestID: fmt.Sprint("call-", i), EventTime: noon.Add(time.Duration(-25*i) * time.Minute), StatusCode: status, LatencyMs: int64(1000 * i),
			RequestTags: map[string]string{"team": "red"},
		})
	}
	if err := log.Flush(ctx); err != nil {
		fmt.Println(err)
		return
	}

	for _, row := range run(`SELECT request_id, status_code, latency_ms FROM main.logging.chat_payload
		WHERE event_time > now() - INTERVAL 1 HOUR AND status_code >= 400 AND request_tags['team'] = 'red'
		ORDER BY latency_ms DESC LIMIT 10`) {
		fmt.Println(*row[0], *row[1], *row[2])
	}
	for _, row := range run("SELECT COUNT(*) FROM main.logging.chat_payload WHERE status_code IN (502, 504)") {
		fmt.Println(*row[0], "calls without an answer")
	}
	run("SELECT * FROM main.logging.chat_payload WHERE status_code = 'bad'")
	// Output:
	// call-2 429 2000
	// call-1 502 1000
	// 3 calls without an answer
	// modelservice: BAD_REQUEST: [CAST_INVALID_INPUT] The value 'bad' of the type "STRING" cannot be cast to "INT" because it is malformed. SQLSTATE: 22018
}
