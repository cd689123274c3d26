package authztest_test

import (
	"fmt"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/authz/authztest"
)

func ExampleRunScenario() {
	err := authztest.RunScenario(authz.New(nil), `
		user alice bob
		group team
		member bob of team
		catalog main owner alice
		schema main.default owner alice
		model_service main.default.chat owner alice
		grant EXECUTE on main.default.chat to team

		deny bob EXECUTE main.default.chat hidden missing USE CATALOG on main, USE SCHEMA on main.default
		grant USE CATALOG, USE SCHEMA on main to team
		allow bob EXECUTE main.default.chat because USE CATALOG on main to team, USE SCHEMA on main to team, EXECUTE on main.default.chat to team
		allow bob to see main.default.chat
		deny bob to manage main.default.chat visible missing MANAGE on main.default.chat
		allow bob to create model_service in main.default # he may not
	`)
	fmt.Println(err)
	// Output:
	// authztest: line 15: allow bob to create model_service in main.default # he may not: the authoriser says allowed false, the oracle false
}

func ExampleOracle() {
	c, err := authztest.BuildCatalog(`
		user alice
		catalog main owner "System user"
		grant USE CATALOG on main to "account users"
	`)
	if err != nil {
		fmt.Println(err)
		return
	}
	w := authztest.WorldOf(c.Snapshot())
	o := authztest.NewOracle(w)
	alice := w.Principals[1].ID
	for q := range w.Questions(alice) {
		if o.Answer(q).Allowed {
			fmt.Println(w.Format(q))
		}
	}
	// Output:
	// alice to see metastore
	// alice to list metastore
	// alice USE CATALOG main
	// alice to see main
	// alice to list main
}
