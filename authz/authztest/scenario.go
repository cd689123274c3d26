package authztest

import (
	"context"
	"fmt"
	"strings"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
)

// RunScenario runs a scenario against an authoriser and returns an error that
// names the first line that does not hold, or that cannot be read. What a
// scenario expects is expected of the oracle too.
//
// A scenario is a text of one statement a line; # starts a comment. It begins
// with the empty catalog. Statements that change the world:
//
//	user NAME …            service_principal NAME …    group NAME …
//	member NAME of GROUP   unmember NAME of GROUP      delete NAME
//	KIND OBJECT owner NAME                KIND is catalog, schema, table, model, model_service
//	give OBJECT to NAME                   makes it the owner
//	drop OBJECT                           with everything inside
//	grant PRIVILEGE, … on OBJECT to NAME
//	revoke PRIVILEGE, … on OBJECT from NAME
//
// Statements about what holds:
//
//	allow QUESTION [because FACT, …]
//	deny QUESTION [hidden | visible] [missing GRANT, … | missing nothing]
//
//	QUESTION   NAME PRIVILEGE OBJECT
//	           NAME to manage OBJECT | NAME to see OBJECT | NAME to list OBJECT
//	           NAME to create KIND in OBJECT
//	FACT       PRIVILEGE on OBJECT to NAME | NAME owns OBJECT
//	GRANT      PRIVILEGE on OBJECT        (to whoever asked)
//
// Facts and missing grants are complete and in any order. Objects are full
// names, or the word metastore; PRIVILEGE is in either spelling. Words with
// other characters than letters, digits and _-@. stand in double quotes:
// "account users", "metastore admins" and "System user" always exist. A
// question may be asked by somebody who does not exist (any more), about an
// object that does not.
func RunScenario(a *authz.Authorizer, text string) error {
	_, err := runScenario(a, text)
	return err
}

// BuildCatalog returns the catalog that the statements of a scenario make.
// Statements about what holds are not allowed in it.
func BuildCatalog(text string) (*catalog.Catalog, error) { return runScenario(nil, text) }

// scenario is a scenario at some line.
type scenario struct {
	authorizer *authz.Authorizer // nil: statements about what holds are errors
	catalog    *catalog.Catalog
}

func runScenario(a *authz.Authorizer, text string) (*catalog.Catalog, error) {
	c, err := catalog.Open(context.Background(), nil, &catalog.Options{Kinds: Kinds()})
	if err != nil {
		return nil, err
	}
	r := &scenario{a, c}
	n := 0
	for line := range strings.Lines(text) {
		n++
		ws, err := splitLine(strings.TrimSuffix(line, "\n"))
		if err == nil && len(ws) > 0 {
			err = r.statement(ws)
		}
		if err != nil {
			return nil, fmt.Errorf("authztest: line %d: %s: %w", n, strings.TrimSpace(line), err)
		}
	}
	return c, nil
}

// statement runs one line.
func (r *scenario) statement(ws words) error {
	verb := ws[0].text
	ws = ws[1:]
	if verb == "allow" || verb == "deny" {
		if r.authorizer == nil {
			return fmt.Errorf("%s is not allowed here", verb)
		}
		return r.expectation(verb == "allow", ws)
	}
	_, err := r.catalog.Update(context.Background(), "scenario", func(tx *catalog.Tx) error {
		rest := ws
		return change(tx, verb, &rest)
	})
	return err
}

// principal returns the id behind a name; absent, if there is none.
func principal(s *catalog.Snapshot, name string) catalog.PrincipalID {
	if p, found := s.PrincipalNamed(name); found {
		return p.ID
	}
	return absent
}

// object returns the id behind a full name of whatever kind; absent, if there
// is none.
func object(s *catalog.Snapshot, name string) catalog.ID {
	if name == metastoreWord {
		return catalog.MetastoreID
	}
	full, err := catalog.ParseFullName(name)
	if err != nil {
		return absent
	}
	for _, t := range s.Kinds().Types() {
		if id, found := s.Lookup(t, full); found && t != catalog.TypeMetastore {
			return id
		}
	}
	return absent
}
