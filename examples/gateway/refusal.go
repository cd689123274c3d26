package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const (
	whyCarol = "EXPLAIN PRIVILEGE EXECUTE ON MODEL SERVICE main.default.`team-chat` FOR carol"
	whoMay   = "SHOW PRINCIPALS WITH EXECUTE ON MODEL SERVICE main.default.`team-chat`"
	granted  = "SHOW GRANTS ON MODEL SERVICE main.default.`team-chat`"
)

// refusal is the chapter of the tour in which a refusal is explained, what the
// explanation proposes is run, and the call passes.
func refusal() []exchange {
	return []exchange{
		chat("carol is new: for her the service does not exist either", "$CAROL", "main.default.team-chat", false).
			shown().expect(status(404), is("error_code", "NOT_FOUND")),
		sql("… and nobody explains to her what she may not know of", "$CAROL",
			"EXPLAIN PRIVILEGE EXECUTE ON MODEL SERVICE main.default.`team-chat`").
			expect(failed("does not exist")),
		sql("Why may she not? alice asks; the last column holds the GRANTs that are missing, to be run next", "$ALICE", whyCarol).
			shown().expect(succeeded(), proposes()).followedBy(proposal),

		sql("A group made by SQL, with carol in it", "$ALICE", "CREATE GROUP on_call WITH USER carol").
			shown().expect(succeeded()),
		request("… as REST shows it", "$ALICE", http.MethodGet, unityCatalog+"/principals/on_call", "").
			shown().expect(status(200), is("type", "group"), is("created_by", "alice"), is("members", `["carol"]`)),
		sql("It may execute all that is in the schema", "$ALICE", "GRANT EXECUTE ON SCHEMA main.default TO on_call").
			shown().expect(succeeded()),
		sql("The grants on the service, and below them the inherited one", "$ALICE", granted).
			shown().expect(says("Principal, ActionType, ObjectType, ObjectKey",
			"ai_team, EXECUTE, MODEL SERVICE, main.default.team-chat",
			"carol, EXECUTE, MODEL SERVICE, main.default.team-chat",
			"on_call, EXECUTE, SCHEMA, main.default")),
		request("… which REST calls an effective permission", "$ALICE", http.MethodGet,
			unityCatalog+"/effective-permissions/model_service/main.default.team-chat?principal=on_call", "").
			expect(status(200), is("privilege_assignments",
				`[{"principal":"on_call","privileges":[{"inherited_from_name":"main.default","inherited_from_type":"SCHEMA","privilege":"EXECUTE"}]}]`)),
		sql("Who may call the service; on_call by itself may not, since it can use neither catalog nor schema", "$ALICE", whoMay).
			shown().expect(says("Principal, Type", "ai_team, GROUP", "alice, USER", "bob, USER", "carol, USER")),
	}
}

// proposal runs what the explanation of a refusal proposes, as it is written
// there. Then the call passes, and the explanation rests on just that.
func proposal(explained *answer) []exchange {
	statements := explained.column("Statement")
	var next []exchange
	for _, statement := range statements {
		next = append(next, sql("As proposed", "$ALICE", statement).expect(succeeded()))
	}
	return append(next,
		chat("Now carol gets an answer", "$CAROL", "main.default.team-chat", false).
			expect(answeredBy(primaryModel)),
		sql("Why may she? For these grants", "$ALICE", whyCarol).
			expect(succeeded(), restsOn(statements)),
	)
}

// proposes is a refusal whose every row has a GRANT that is missing.
func proposes() check {
	return func(a *answer) error {
		rows := a.cells("Answer", "Reason", "Statement")
		if len(rows) == 0 {
			return errors.New("there is no row")
		}
		for _, row := range rows {
			if row[0] != "DENIED" || row[1] != "MISSING" || !strings.HasPrefix(row[2], "GRANT ") {
				return fmt.Errorf("a row is %q", row)
			}
		}
		return nil
	}
}

// restsOn is a permission that rests on the grants that were made by these
// statements, and on no others.
func restsOn(statements []string) check {
	return func(a *answer) error {
		for _, row := range a.cells("Answer", "Reason") {
			if row[0] != "ALLOWED" || row[1] != "GRANTED" {
				return fmt.Errorf("a row is %q", row)
			}
		}
		if got := a.column("Statement"); !slices.Equal(got, statements) {
			return fmt.Errorf("it rests on %q, not on %q", got, statements)
		}
		return nil
	}
}
