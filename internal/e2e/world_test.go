package e2e

import (
	"fmt"
	"testing"
)

// Services without limits, each with a destination and a fallback, open to the
// team: the models of one speak OpenAI's APIs, those of the other Anthropic's.
const (
	gptService    = "main.default.gpt"
	claudeService = "main.default.claude"
)

// opened starts a server with the two services.
func opened(t *testing.T) (*server, *provider) {
	t.Helper()
	p := newProvider(t)
	s := start(t, t.TempDir(), p)
	prepare(t, s)
	return s, p
}

// prepare makes the two services on a server that has nothing yet.
func prepare(t *testing.T, s *server) {
	t.Helper()
	s.containers(t)
	for _, grant := range []string{
		"GRANT USE CATALOG ON CATALOG main TO ai_team",
		"GRANT USE SCHEMA ON SCHEMA main.default TO ai_team",
		"GRANT USE SCHEMA ON SCHEMA main.logging TO ai_team",
	} {
		s.sql(t, admin, grant)
	}
	s.open(t, "gpt", "", primaryModel, fallbackModel)
	s.open(t, "claude", "", sonnetModel, haikuModel)
}

// open makes a service with a destination and, unless it is "", a fallback, and
// lets the team in. Its inference table has its name. The limits are members
// of its JSON, or "".
func (s *server) open(t *testing.T, name, limits, first, fallback string) {
	t.Helper()
	destinations := fmt.Sprintf(`"destinations":[{"name":"primary","model":"system.ai.%s"}]`, first)
	if fallback != "" {
		destinations = fmt.Sprintf(`"destinations":[{"name":"primary","model":"system.ai.%s"},{"name":"fallback","model":"system.ai.%s"}],`+
			`"routes":{"strategy":"fallback","destinations":["primary","fallback"]}`, first, fallback)
	}
	if limits != "" {
		destinations += "," + limits
	}
	s.create(t, fmt.Sprintf(`{"catalog_name":"main","schema_name":"default","name":%q,%s,"inference_table":"main.logging.%s"}`, name, destinations, name))
	s.sql(t, admin, "GRANT EXECUTE ON MODEL SERVICE main.default."+name+" TO ai_team")
	s.sql(t, admin, "GRANT SELECT ON TABLE main.logging."+name+" TO ai_team")
}

// latest reads the newest row of a service's table.
func (s *server) latest(t *testing.T, name, columns string) map[string]string {
	t.Helper()
	s.settled()
	rows := s.sql(t, alice, fmt.Sprintf("SELECT %s FROM main.logging.%s LIMIT 1", columns, name))
	if len(rows) != 1 {
		t.Fatalf("no row in the table of %s", name)
	}
	return rows[0]
}
