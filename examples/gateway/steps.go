package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// teamChat is the body that creates main.default.team-chat.
const teamChat = `{
  "catalog_name": "main",
  "schema_name": "default",
  "name": "team-chat",
  "comment": "Shared chat endpoint with fallback.",
  "destinations": [
    { "name": "primary", "model": "system.ai.databricks-claude-opus-4-6" },
    { "name": "fallback", "model": "system.ai.databricks-gpt-5-2" }
  ],
  "routes": {
    "strategy": "fallback",
    "destinations": ["primary", "fallback"]
  },
  "inference_table": "main.logging.team_chat_payload",
  "rate_limits": {
    "tpm": 10000,
    "qpm": 1000
  }
}`

const (
	unityCatalog  = "/api/2.1/unity-catalog"
	modelServices = "/api/2.2/unity-catalog/model-services"
)

// script is the tour, first request to last.
func script() []exchange {
	return slices.Concat([]exchange{
		post("alice, a metastore admin, makes a catalog", "$ALICE", unityCatalog+"/catalogs", `{"name": "main"}`).
			shown().expect(status(200), is("owner", "alice")),
		post("… a schema for services", "$ALICE", unityCatalog+"/schemas", `{"catalog_name": "main", "name": "default"}`).
			shown().expect(status(200), is("full_name", "main.default")),
		post("… and one for their logs", "$ALICE", unityCatalog+"/schemas", `{"catalog_name": "main", "name": "logging"}`).
			shown().expect(status(200), is("full_name", "main.logging")),
		post("A model service: a primary, a fallback, limits and an inference table", "$ALICE", modelServices, teamChat).
			shown().expect(status(200), is("full_name", "main.default.team-chat"), is("owner", "alice"),
			is("inference_table", "main.logging.team_chat_payload"), is("rate_limits.qpm", "1000")),
		post("The same again: the name is taken", "$ALICE", modelServices, teamChat).
			expect(status(409), is("error_code", "ALREADY_EXISTS")),
		chat("For bob, a stranger, the service does not exist", "$BOB", "main.default.team-chat", false).
			expect(status(404), is("error_code", "NOT_FOUND")),

		sql("A name with a hyphen needs back-ticks in SQL", "$ALICE",
			"GRANT EXECUTE ON MODEL SERVICE main.default.team-chat TO ai_team").
			expect(failed("`team-chat`")),
		sql("An underscore is not a hyphen", "$ALICE",
			"GRANT EXECUTE ON MODEL SERVICE main.default.team_chat TO ai_team").
			expect(failed("team-chat")),
		sql("bob's group may use the catalog", "$ALICE", "GRANT USE CATALOG ON CATALOG main TO ai_team").
			shown().expect(succeeded()),
		sql("… and the schema", "$ALICE", "GRANT USE SCHEMA ON SCHEMA main.default TO ai_team").
			shown().expect(succeeded()),
		sql("… and execute the service", "$ALICE", "GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO ai_team").
			shown().expect(succeeded()),

		chat("Now bob gets an answer, from the primary", "$BOB", "main.default.team-chat", false).
			shown().expect(answeredBy(primaryModel)),
	}, refusal(), []exchange{
		tell("The primary is told to fail", "primary", "503").shown(),
		chat("The fallback answers instead", "$BOB", "main.default.team-chat", false).
			shown().expect(answeredBy(fallbackModel)),
		tell("The primary is well again", "primary", "200").shown(),
		chat("A streamed answer", "$BOB", "main.default.team-chat", true).
			shown().expect(streamedBy(primaryModel)),
	}, dialects(), allowance(), shapes(), []exchange{
		sql("alice owns the inference table: a row for each call", "$ALICE", readLog).
			shown().eventually(succeeded(), calls()),
		sql("For bob it does not exist", "$BOB", readLog).expect(failed("does not exist")),
		sql("His group may use the table's schema", "$ALICE", "GRANT USE SCHEMA ON SCHEMA main.logging TO ai_team").
			expect(succeeded()),
		sql("… and read the table", "$ALICE", "GRANT SELECT ON TABLE main.logging.team_chat_payload TO ai_team").
			expect(succeeded()),
		sql("Now bob sees the rows", "$BOB", readLog).expect(succeeded(), calls()),
	}, records(), []exchange{
		sql("The table is dropped", "$ALICE", "DROP TABLE main.logging.team_chat_payload").expect(succeeded()),
		sql("… and cannot be read any more", "$ALICE", readLog).expect(failed("does not exist")),
		chat("Calls are answered all the same", "$BOB", "main.default.team-chat", false).expect(answeredBy(primaryModel)),

		sql("bob may not drop the service", "$BOB", "DROP MODEL SERVICE main.default.`team-chat`").expect(failed("MANAGE")),
		sql("alice may", "$ALICE", "DROP MODEL SERVICE main.default.`team-chat`").expect(succeeded()),
		chat("The service is gone", "$BOB", "main.default.team-chat", false).
			expect(status(404), is("error_code", "NOT_FOUND")),

		sql("alice lets herself create services in system.ai", "$ALICE", "GRANT CREATE SERVICE ON SCHEMA system.ai TO alice").
			expect(succeeded()),
		post("… and makes one", "$ALICE", modelServices, houseChat).
			expect(status(200), is("full_name", "system.ai.house-chat")),
		sql("What is in system.ai cannot be dropped, by anyone", "$ALICE", "DROP MODEL SERVICE system.ai.`house-chat`").
			expect(failed("cannot be deleted")),
		request("… over REST neither", "$ALICE", http.MethodDelete, modelServices+"/system.ai.house-chat", "").
			expect(status(403), is("error_code", "PERMISSION_DENIED")),
	})
}

const houseChat = `{"catalog_name": "system", "schema_name": "ai", "name": "house-chat",
  "destinations": [{ "name": "only", "model": "system.ai.databricks-gpt-5-2" }]}`

// readLog reads the last calls, newest first.
const readLog = "SELECT event_time, requester, status_code, destination_name, total_tokens, outcome, attempts FROM main.logging.team_chat_payload LIMIT 10"

func request(says, as, method, path, body string) exchange {
	return exchange{says: says, to: "$GATEWAY", as: as, method: method, path: path, body: body}
}

func post(says, as, path, body string) exchange {
	return request(says, as, http.MethodPost, path, body)
}

func sql(says, as, statement string) exchange {
	body, _ := json.Marshal(struct {
		Statement   string `json:"statement"`
		WarehouseID string `json:"warehouse_id"`
	}{statement, "any"})
	return post(says, as, "/api/2.0/sql/statements", string(body))
}

func chat(says, as, service string, stream bool) exchange {
	body := fmt.Sprintf(`{"model": %q, "messages": [{"role": "user", "content": "Who are you?"}]`, service)
	if stream {
		body += `, "stream": true`
	}
	return post(says, as, "/ai-gateway/mlflow/v1/chat/completions", body+"}")
}

// tell tells one of the scripted models how to answer: with a status, or cut.
func tell(says, model, answers string) exchange {
	x := request(says, "", http.MethodPut, "/"+model+"/status", answers)
	x.to = "$PROVIDER"
	return x.expect(status(200))
}

func (x exchange) shown() exchange { x.demo = true; return x }

func (x exchange) expect(checks ...check) exchange { x.check = all(checks...); return x }

// followedBy gives the requests that come after a right answer, made of it.
func (x exchange) followedBy(then func(*answer) []exchange) exchange { x.then = then; return x }

func (x exchange) eventually(checks ...check) exchange { x.later = true; return x.expect(checks...) }

// succeeded is the answer to a statement that was done.
func succeeded() check { return all(status(200), is("status.state", "SUCCEEDED")) }

// failed is the answer to one that was not, for a reason that is named.
func failed(word string) check {
	return all(status(200), is("status.state", "FAILED"), mentions("status.error.message", word))
}

// answeredBy is a chat completion of a model.
func answeredBy(model string) check {
	return all(status(200), is("model", model), is("choices.0.message.content", "Hello from "+model+"."))
}

// streamedBy is a chat completion of a model, in pieces that make up the whole.
func streamedBy(model string) check {
	return func(a *answer) error {
		if err := status(200)(a); err != nil {
			return err
		}
		var text strings.Builder
		pieces, ended := 0, false
		lines := bufio.NewScanner(bytes.NewReader(a.body))
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			if ended = data == "[DONE]"; ended {
				continue
			}
			event := answer{body: []byte(data)}
			if piece := event.at("choices.0.delta.content"); piece != "null" && piece != "" {
				text.WriteString(piece)
				pieces++
			}
		}
		if want := "Hello from " + model + "."; text.String() != want || pieces < 2 || !ended {
			return fmt.Errorf("the stream says %q in %d pieces, ended: %t", text.String(), pieces, ended)
		}
		return nil
	}
}

// waits is a Retry-After in whole seconds: about a minute at most.
func waits() check {
	return func(a *answer) error {
		seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
		if err != nil || seconds < 1 || seconds > 62 {
			return fmt.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
		}
		return nil
	}
}

// calls are the rows of the calls that were answered, newest first.
func calls() check {
	return rows(
		row{"bob", "200", "primary", "ok", `["primary"]`},
		row{"bob", "200", "fallback", "ok", `["primary","fallback"]`},
		row{"carol", "200", "primary", "ok", `["primary"]`},
		row{"bob", "200", "primary", "ok", `["primary"]`},
	)
}

// row is what a row of the log must say.
type row struct{ requester, status, destination, outcome, attempted string }

// rows are exactly these, newest first.
func rows(want ...row) check {
	return func(a *answer) error {
		for i, w := range want {
			at := func(column int) string { return a.at(fmt.Sprintf("result.data_array.%d.%d", i, column)) }
			attempts := answer{body: []byte(at(6))}
			var names []string
			for n := 0; attempts.at(fmt.Sprintf("%d.destination", n)) != ""; n++ {
				names = append(names, attempts.at(fmt.Sprintf("%d.destination", n)))
			}
			attempted, _ := json.Marshal(names)
			got := row{at(1), at(2), at(3), at(5), string(attempted)}
			if got != w {
				return fmt.Errorf("row %d is %v, not %v", i, got, w)
			}
		}
		if extra := a.at(fmt.Sprintf("result.data_array.%d", len(want))); extra != "" {
			return fmt.Errorf("there is a row too many: %s", extra)
		}
		return nil
	}
}
