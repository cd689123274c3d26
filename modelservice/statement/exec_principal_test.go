package statement_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

// members are those of a group, as "type name".
func (w *world) members(group string) (names []string) {
	w.Helper()
	all, err := w.ms.Members(w.id("alice"), group)
	w.check(err)
	for _, p := range all {
		names = append(names, string(p.Type)+" "+p.Name)
	}
	slices.Sort(names)
	return names
}

func TestPrincipals(t *testing.T) {
	w := newWorld(t)
	for _, step := range []struct {
		says, text string
		group      string
		want       []string
	}{
		{"a group with members", "CREATE GROUP Team WITH USER carol, `bob@example.com` GROUP ai_team", "team",
			[]string{"group ai_team", "user bob@example.com", "user carol"}},
		{"members can leave", "ALTER GROUP team DROP carol, GROUP ai_team", "team", []string{"user bob@example.com"}},
		{"who is not in it stays out", "ALTER GROUP team DROP USER carol", "team", []string{"user bob@example.com"}},
		{"members can come, of every kind", "CREATE SERVICE PRINCIPAL `robot-7`", "team", []string{"user bob@example.com"}},
		{"and be named with it", "ALTER GROUP team ADD SERVICE PRINCIPAL `ROBOT-7`, USER carol GROUP ai_team", "team",
			[]string{"group ai_team", "service_principal robot-7", "user bob@example.com", "user carol"}},
		{"or without", "ALTER GROUP `ai_team` ADD carol, carol", "ai_team", []string{"user bob@example.com", "user carol"}},
		{"another name keeps the members", "ALTER GROUP team RENAME TO `The Team`", "the team",
			[]string{"group ai_team", "service_principal robot-7", "user bob@example.com", "user carol"}},
		{"what is dropped leaves its groups", "DROP SERVICE PRINCIPAL `robot-7`", "the team", []string{"group ai_team", "user bob@example.com", "user carol"}},
		{"a user has another name in its groups too", "ALTER USER carol RENAME TO carola", "the team", []string{"group ai_team", "user bob@example.com", "user carola"}},
		{"a group can go", "DROP GROUP ai_team", "the team", []string{"user bob@example.com", "user carola"}},
		{"an admin is a member of a group", "ALTER GROUP `metastore admins` ADD carola", "metastore admins", []string{"user alice", "user carola"}},
	} {
		if result := w.execute("alice", step.text); result.Columns != nil || result.Rows != nil {
			t.Errorf("%s\nanswers %+v, want nothing", step.text, result)
		}
		if got := w.members(step.group); !slices.Equal(got, step.want) {
			t.Errorf("%s\n%s\n got %q\nwant %q", step.says, step.text, got, step.want)
		}
	}
	before := w.version()
	for _, text := range []string{
		"CREATE USER IF NOT EXISTS Carola", "CREATE GROUP IF NOT EXISTS `the team` WITH USER alice", "DROP USER IF EXISTS nobody",
		"DROP SERVICE PRINCIPAL IF EXISTS carola", "DROP GROUP IF EXISTS ai_team",
	} {
		w.execute("alice", text)
	}
	if w.version() != before {
		t.Error("IF EXISTS or IF NOT EXISTS has changed something")
	}
}

func TestPrincipalRefusals(t *testing.T) {
	w := newWorld(t)
	w.execute("alice", "CREATE GROUP inner WITH GROUP ai_team")
	denied := "[INSUFFICIENT_PERMISSIONS] Insufficient privileges: "
	for _, c := range []struct {
		text    string
		code    modelservice.Code
		message string
	}{
		{"CREATE USER carol", modelservice.CodeAlreadyExists, "Principal 'carol' already exists."},
		{"CREATE GROUP Carol", modelservice.CodeAlreadyExists, "Principal 'carol' already exists."},
		{"CREATE GROUP IF NOT EXISTS carol", modelservice.CodeAlreadyExists, "Principal 'carol' already exists."},
		{"CREATE USER `account users`", modelservice.CodeAlreadyExists, "Principal 'account users' already exists."},
		{"CREATE USER ` `", modelservice.CodeInvalidParameter, "Invalid principal name: "},
		{"CREATE GROUP g WITH USER nobody", modelservice.CodePrincipalNotExist, "Could not find principal with name nobody"},
		{"CREATE GROUP g WITH GROUP carol", modelservice.CodePrincipalNotExist, "Could not find principal with name carol"},
		{"CREATE GROUP g WITH g", modelservice.CodePrincipalNotExist, "Could not find principal with name g"},
		{"CREATE GROUP carol WITH alice", modelservice.CodeAlreadyExists, "Principal 'carol' already exists."},
		{"DROP USER nobody", modelservice.CodePrincipalNotExist, "Could not find principal with name nobody"},
		{"DROP GROUP carol", modelservice.CodePrincipalNotExist, "Could not find principal with name carol"},
		{"DROP GROUP `account users`", modelservice.CodePermissionDenied, denied + "Built-in principals cannot be renamed or dropped. SQLSTATE: 42501"},
		{"DROP USER alice", modelservice.CodeInvalidState, "The metastore would be left without an admin"},
		{"ALTER GROUP `metastore admins` DROP alice", modelservice.CodeInvalidState, "The metastore would be left without an admin"},
		{"ALTER GROUP ai_team ADD GROUP inner", modelservice.CodeInvalidParameter, "Adding 'inner' would make group 'ai_team' a member of itself."},
		{"ALTER GROUP ai_team ADD carol, nobody", modelservice.CodePrincipalNotExist, "Could not find principal with name nobody"},
		{"ALTER GROUP ai_team ADD GROUP carol", modelservice.CodePrincipalNotExist, "Could not find principal with name carol"},
		{"ALTER GROUP ai_team DROP SERVICE PRINCIPAL `bob@example.com`", modelservice.CodePrincipalNotExist, "Could not find principal with name bob@example.com"},
		{"ALTER GROUP carol ADD alice", modelservice.CodeInvalidParameter, "'carol' is a user, not a group."},
		{"ALTER GROUP nobody ADD alice", modelservice.CodePrincipalNotExist, "Could not find principal with name nobody"},
		{"ALTER GROUP `account users` ADD alice", modelservice.CodePermissionDenied, denied + "Group 'account users' is built in"},
		{"ALTER GROUP carol RENAME TO x", modelservice.CodePrincipalNotExist, "Could not find principal with name carol"},
		{"ALTER USER carol RENAME TO Alice", modelservice.CodeAlreadyExists, "Principal 'alice' already exists."},
		{"ALTER USER `System user` RENAME TO x", modelservice.CodePrincipalNotExist, "Could not find principal with name System user"},
	} {
		if e := w.refused("alice", c.text); e.Code != c.code || !strings.HasPrefix(e.Message, c.message) || e.Field != "" {
			t.Errorf("%s\n got %s: %s (%s)\nwant %s: %s", c.text, e.Code, e.Message, e.Field, c.code, c.message)
		}
	}
}

// A group whose members cannot be put into it does not stay.
func TestGroupWithoutItsMembersGoes(t *testing.T) {
	w := newWorld(t)
	_, err := statement.Execute(w.ctx, w.ms, w.id("alice"), "CREATE GROUP g WITH `account users`", nil)
	if e := modelservice.AsError(err); e == nil || e.Code != modelservice.CodeInvalidParameter {
		t.Errorf("account users as a member answers %v", err)
	}
	if _, err := w.ms.Principal(w.id("alice"), "g"); modelservice.AsError(err) == nil {
		t.Error("the group is there")
	}
}

// Only metastore admins change principals; whoever else tries learns nothing
// from how he is refused.
func TestOnlyAdminsChangePrincipals(t *testing.T) {
	w := newWorld(t)
	for _, form := range []string{
		"CREATE USER %p", "CREATE GROUP IF NOT EXISTS %p", "CREATE GROUP x WITH %p", "CREATE GROUP x WITH GROUP %p", "CREATE SERVICE PRINCIPAL %p",
		"DROP USER %p", "DROP GROUP IF EXISTS %p", "ALTER GROUP %p ADD carol", "ALTER GROUP ai_team ADD %p", "ALTER GROUP ai_team DROP USER %p",
		"ALTER USER %p RENAME TO x", "ALTER GROUP %p RENAME TO x", "ALTER SERVICE PRINCIPAL x RENAME TO %p",
	} {
		for _, name := range []string{"carol", "alice", "ai_team", "nobody"} {
			e := w.refused("carol", strings.ReplaceAll(form, "%p", name))
			if e.Code != modelservice.CodePermissionDenied || !strings.Contains(e.Message, "Only a metastore admin may ") || strings.Contains(e.Message, name) {
				t.Errorf("%s of %s answers %v", form, name, e)
			}
		}
	}
}

// SHOW and DESCRIBE of a principal that is hidden are those of one that is
// missing.
func TestHiddenPrincipalIsMissing(t *testing.T) {
	w := newWorld(t)
	w.update(func(tx *catalog.Tx) error {
		_, err := tx.CreatePrincipal(catalog.Group, "secret")
		return err
	})
	for _, form := range []string{
		"DESCRIBE GROUP %p", "DESCRIBE USER %p", "SHOW GROUPS WITH GROUP %p", "SHOW GROUPS WITH USER %p", "SHOW GROUPS LIKE '%p'", "SHOW USERS LIKE '%p'",
		"SHOW GRANTS %p ON METASTORE", "EXPLAIN PRIVILEGE CREATE CATALOG ON METASTORE FOR %p", "SHOW PRINCIPALS WITH CREATE CATALOG ON METASTORE",
	} {
		answer := func(name string) string {
			result, err := statement.Execute(context.Background(), w.ms, w.id("bob@example.com"), strings.ReplaceAll(form, "%p", name), nil)
			if err != nil {
				return strings.ReplaceAll(err.Error(), name, "%p")
			}
			return strings.Join(slices.Concat(cells(result.Rows)...), " ")
		}
		if hidden, missing := answer("secret"), answer("nobody"); hidden != missing || strings.Contains(hidden, "secret") {
			t.Errorf("%s\nhidden:  %s\nmissing: %s", form, hidden, missing)
		}
	}
}
