package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A configuration file and SQL make principals side by side. These tests drive
// both: SQL over HTTP, the file by SIGHUP.

// house is a file with ann, the admin, and with more users and groups.
func house(users, groups string) string {
	return `{"listen": "127.0.0.1:0", "admins": ["ann"], "users": [{"name": "ann", "token": "t-ann"}` + users + `], "groups": [` + groups + `]}`
}

const (
	bo   = `, {"name": "bo", "token": "t-bo"}`
	team = `{"name": "team", "members": ["bo"]}`
	lake = unityCatalog + "/catalogs/lake"
)

// startHouse starts a gateway on a file, with a catalog called lake.
func startHouse(t *testing.T, text string) (c *child, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "gateway.json")
	writeFile(t, file, text)
	c = startChild(t, nil, "-config", file)
	c.sql("SUCCEEDED", "t-ann", "CREATE CATALOG lake")
	return c, file
}

// reload changes the file and waits for what must be said about it.
func (c *child) reload(file, text, words string) string {
	c.t.Helper()
	writeFile(c.t, file, text)
	if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		c.t.Fatal(err)
	}
	line := c.says("configuration ")
	if !strings.Contains(line, words) {
		c.t.Fatalf("after a reload it said %q, want %q", line, words)
	}
	return line
}

const readAgain = "configuration read again"

// is compares what is at a path of a principal.
func (c *child) is(name, path, want string) {
	c.t.Helper()
	if got := c.must(200, "t-ann", "GET", unityCatalog+"/principals/"+name, "").at(path); got != want {
		c.t.Errorf("%s of %s is %s, want %s", path, name, got, want)
	}
}

// holds compares who is granted something on the catalog.
func (c *child) holds(want ...string) {
	c.t.Helper()
	a := c.sql("SUCCEEDED", "t-ann", "SHOW GRANTS ON CATALOG lake")
	if err := says("Principal, ActionType", want...)(a); err != nil {
		c.t.Error(err)
	}
}

func TestMadeBySQLSurvives(t *testing.T) {
	folder := t.TempDir()
	withData := func(text string) string { return strings.Replace(text, "{", `{"data_dir": "`+folder+`/data", `, 1) }
	c, file := startHouse(t, withData(house(bo, team)))
	for _, statement := range []string{
		"CREATE USER guest", "CREATE SERVICE PRINCIPAL job", "CREATE GROUP club WITH USER guest, bo GROUP team",
		"GRANT USE CATALOG ON CATALOG lake TO guest", "GRANT USE SCHEMA ON CATALOG lake TO club",
	} {
		c.sql("SUCCEEDED", "t-ann", statement)
	}
	since := c.must(200, "t-ann", "GET", unityCatalog+"/principals/guest", "").at("created_at")
	same := func() {
		t.Helper()
		c.is("guest", "created_at", since)
		c.is("guest", "created_by", "ann")
		c.is("guest", "member_of", `["club"]`)
		c.is("job", "type", "service_principal")
		c.is("club", "members", `["bo","guest","team"]`)
		c.holds("club, USE SCHEMA", "guest, USE CATALOG")
	}
	same()
	c.reload(file, withData(house(bo+`, {"name": "cy", "token": "t-cy"}`, team)), readAgain)
	c.must(200, "t-cy", "GET", unityCatalog+"/catalogs", "")
	same()
	c.end(syscall.SIGTERM)
	c = startChild(t, nil, "-config", file)
	same()
	c.cmd.Process.Kill()
	c.wait()
	c = startChild(t, nil, "-config", file)
	same()
	c.end(syscall.SIGTERM)
}

func TestDroppedBySQLComesBack(t *testing.T) {
	text := house(bo, team)
	c, file := startHouse(t, text)
	c.sql("SUCCEEDED", "t-ann", "GRANT USE CATALOG ON CATALOG lake TO bo")
	c.sql("SUCCEEDED", "t-ann", "GRANT USE SCHEMA ON CATALOG lake TO team")
	c.must(200, "t-bo", "GET", lake, "")
	c.sql("SUCCEEDED", "t-ann", "DROP USER bo")
	c.sql("SUCCEEDED", "t-ann", "DROP GROUP team")
	c.must(401, "t-bo", "GET", lake, "")
	c.must(404, "t-ann", "GET", unityCatalog+"/principals/bo", "")

	c.reload(file, text, readAgain)
	c.must(404, "t-bo", "GET", lake, "") // it is another bo
	c.is("bo", "member_of", `["team"]`)
	c.is("bo", "created_by", fromFile)
	c.is("team", "members", `["bo"]`)
	c.holds()
	c.end(syscall.SIGTERM)
}

func TestMembersBySQLAreUndone(t *testing.T) {
	text := house(bo, team)
	c, file := startHouse(t, text)
	for _, statement := range []string{
		"CREATE USER guest", "ALTER GROUP team ADD USER guest", "ALTER GROUP team DROP USER bo",
		"ALTER GROUP `metastore admins` ADD USER bo", "ALTER GROUP `metastore admins` DROP USER ann",
	} {
		c.sql("SUCCEEDED", "t-ann", statement)
	}
	c.sql("FAILED", "t-ann", "CREATE CATALOG anns")
	c.sql("SUCCEEDED", "t-bo", "CREATE CATALOG bos")
	c.reload(file, text, readAgain)
	c.is("team", "members", `["bo"]`)
	c.is("guest", "member_of", `[]`)
	c.is("metastore%20admins", "members", `["ann"]`)
	c.sql("SUCCEEDED", "t-ann", "CREATE CATALOG anns")
	c.sql("FAILED", "t-bo", "CREATE CATALOG more")
	c.end(syscall.SIGTERM)
}

// The file gives a token to whom SQL has made, and takes no more than that away
// again.
func TestMadeBySQLLogsIn(t *testing.T) {
	c, file := startHouse(t, house("", ""))
	c.sql("SUCCEEDED", "t-ann", "CREATE USER Guest")
	c.sql("SUCCEEDED", "t-ann", "GRANT USE CATALOG ON CATALOG lake TO guest")
	c.must(401, "t-guest", "GET", lake, "")
	c.reload(file, house(`, {"name": "guest", "token": "t-guest"}`, `{"name": "team", "members": ["guest"]}`), readAgain)
	c.must(200, "t-guest", "GET", lake, "")
	c.is("guest", "name", "Guest")
	c.is("guest", "created_by", "ann")
	c.is("guest", "member_of", `["team"]`)

	c.reload(file, house("", ""), readAgain)
	c.must(401, "t-guest", "GET", lake, "")
	c.is("guest", "member_of", `[]`)
	c.holds("Guest, USE CATALOG")
	c.end(syscall.SIGTERM)
}

func TestLeavesTheFile(t *testing.T) {
	c, file := startHouse(t, house(bo, team))
	for _, statement := range []string{
		"CREATE USER guest", "CREATE GROUP club WITH USER bo, guest GROUP team",
		"GRANT USE CATALOG ON CATALOG lake TO bo", "GRANT USE SCHEMA ON CATALOG lake TO team", "GRANT EXECUTE ON CATALOG lake TO club",
	} {
		c.sql("SUCCEEDED", "t-ann", statement)
	}
	c.must(200, "t-bo", "GET", lake, "")
	c.reload(file, house("", ""), readAgain)
	c.must(401, "t-bo", "GET", lake, "")
	for _, gone := range []string{"bo", "team"} {
		c.must(404, "t-ann", "GET", unityCatalog+"/principals/"+gone, "")
		c.sql("FAILED", "t-ann", "EXPLAIN PRIVILEGE USE CATALOG ON CATALOG lake FOR "+gone)
	}
	c.is("club", "members", `["guest"]`)
	c.holds("club, EXECUTE")

	c.reload(file, house(bo, team), readAgain)
	c.must(404, "t-bo", "GET", lake, "")
	c.is("bo", "member_of", `["team"]`)
	c.holds("club, EXECUTE")
	c.end(syscall.SIGTERM)
}

// Whom SQL has given another name has left the file; under the old name comes
// somebody new.
func TestRenamedBySQL(t *testing.T) {
	text := house(bo, team)
	c, file := startHouse(t, text)
	c.sql("SUCCEEDED", "t-ann", "GRANT USE CATALOG ON CATALOG lake TO bo")
	c.sql("SUCCEEDED", "t-ann", "ALTER USER bo RENAME TO bob")
	c.must(401, "t-bo", "GET", lake, "")
	c.holds("bob, USE CATALOG")
	c.reload(file, text, readAgain)
	c.must(404, "t-bo", "GET", lake, "")
	c.must(404, "t-ann", "GET", unityCatalog+"/principals/bob", "")
	c.is("team", "members", `["bo"]`)
	c.holds()
	c.end(syscall.SIGTERM)
}

// A name that SQL has used for another kind refuses the whole file.
func TestNameTakenBySQL(t *testing.T) {
	c, file := startHouse(t, house(bo, team))
	c.sql("SUCCEEDED", "t-ann", "CREATE GROUP cy")
	line := c.reload(file, house(`, {"name": "Cy", "token": "t-cy"}`, ""), "configuration refused")
	if !strings.Contains(line, `/users/1/name: "cy" is there already: a group, made by "ann"`) {
		t.Errorf("it said %q", line)
	}
	c.must(401, "t-cy", "GET", lake, "")
	c.must(404, "t-bo", "GET", lake, "")
	c.is("team", "members", `["bo"]`)
	c.end(syscall.SIGTERM)
}

// SQL leaves the metastore an admin. The file is the host's word, and may not.
func TestLastAdmin(t *testing.T) {
	c, file := startHouse(t, house(bo, team))
	for _, statement := range []string{"DROP USER ann", "ALTER GROUP `metastore admins` DROP USER ann"} {
		a := c.sql("FAILED", "t-ann", statement)
		if err := mentions("status.error.message", "without an admin")(a); err != nil {
			t.Error(statement, err)
		}
	}
	text := house(bo, team)
	c.reload(file, strings.Replace(text, `["ann"]`, "[]", 1), readAgain)
	c.sql("FAILED", "t-ann", "CREATE CATALOG more")
	c.reload(file, text, readAgain)
	c.sql("SUCCEEDED", "t-ann", "CREATE CATALOG more")
	c.end(syscall.SIGTERM)
}

// A file that is read while SQL is at work costs nobody what was acknowledged.
func TestReloadBesideSQL(t *testing.T) {
	text := house(bo, team)
	c, file := startHouse(t, text)
	const guests = 30
	for i := range guests {
		if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		c.sql("SUCCEEDED", "t-ann", fmt.Sprintf("CREATE USER `guest-%02d`", i))
		c.sql("SUCCEEDED", "t-ann", fmt.Sprintf("CREATE GROUP club%02d WITH USER `guest-%02d`", i, i))
		c.sql("SUCCEEDED", "t-ann", fmt.Sprintf("ALTER GROUP team ADD USER `guest-%02d`", i))
	}
	// The files are read in order: behind the refusal there is no older one.
	writeFile(t, file, "no file")
	if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	c.says("configuration refused")
	writeFile(t, file, text)
	if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	c.says(readAgain)
	c.is("team", "members", `["bo"]`)
	for i := range guests {
		c.is(fmt.Sprintf("guest-%02d", i), "member_of", fmt.Sprintf(`["club%02d"]`, i))
	}
	c.end(syscall.SIGTERM)
}
