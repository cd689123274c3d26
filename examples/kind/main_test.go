package main

import (
	"strings"
	"testing"
)

const want = `    bob calls the tool: kind: tool main.office.calendar does not exist
    missing: USE CATALOG on catalog main
    missing: USE TOOLBOX on toolbox main.office
    missing: CALL TOOL on tool main.office.calendar
alice: GRANT USE CATALOG, USE TOOLBOX ON CATALOG main TO bob
    bob calls the tool: kind: tool main.office.calendar does not exist
alice: PATCH /api/2.1/unity-catalog/permissions/tool/main.office.calendar: 200
    {"privilege_assignments":[{"principal":"bob","privileges":["CALL_TOOL"]}]}
    bob calls the tool: Monday is free.
alice: REVOKE USE TOOLBOX ON CATALOG main FROM bob
    bob calls the tool: kind: tool main.office.calendar does not exist
`

func TestKind(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}
