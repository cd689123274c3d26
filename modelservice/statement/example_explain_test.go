package statement_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

// An administrator asks why somebody may not, and runs what the answer says.
func ExampleExecute_explain() {
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
	ms, err := modelservice.NewMetastore(ctx, c, authz.New(nil), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	run := func(text string) [][]*string {
		result, err := statement.Execute(ctx, ms, alice, text, nil)
		if err != nil {
			fmt.Println(err)
			return nil
		}
		return result.Rows
	}
	run("CREATE USER `bob@example.com`")
	run("CREATE GROUP analysts WITH USER `bob@example.com`")
	run("CREATE CATALOG lake COMMENT 'where the data is'")
	run("CREATE SCHEMA lake.raw")
	for _, row := range run("EXPLAIN PRIVILEGE USE SCHEMA ON SCHEMA lake.raw FOR analysts") {
		fmt.Println(*row[0], *row[1], *row[6])
		run(*row[6])
	}
	for _, row := range run("SHOW PRINCIPALS WITH USE SCHEMA ON SCHEMA lake.raw") {
		fmt.Println(*row[0], *row[1])
	}
	// Output:
	// DENIED MISSING GRANT USE CATALOG ON CATALOG lake TO analysts
	// DENIED MISSING GRANT USE SCHEMA ON SCHEMA lake.raw TO analysts
	// alice USER
	// analysts GROUP
	// bob@example.com USER
}
