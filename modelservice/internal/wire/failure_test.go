package wire

import (
	"reflect"
	"testing"
)

func TestErrorObject(t *testing.T) {
	tests := []struct{ name, body, object, message string }{
		{"OpenAI", ` {"error": {"message":"bad \"x\"","n":1.50} }`, `{"message":"bad \"x\"","n":1.50}`, `bad "x"`},
		{"inner message goes first", `{"error":{"message":"in"},"message":"out"}`, `{"message":"in"}`, "in"},
		{"outer message if there is no other", `{"error":{},"message":"out"}`, `{}`, "out"},
		{"inner message without text", `{"error":{"message":null},"message":"out"}`, `{"message":null}`, "out"},
		{"text", `{"error":"bad"}`, "", "bad"},
		{"Databricks", `{"error_code":"X","message":"m"}`, "", "m"},
		{"detail", `{"detail":"Not Found"}`, "", "Not Found"},
		{"detail list", `{"detail":[{"loc":["body"],"msg":"x"},{"msg":"y"}]}`, "", "x"},
		{"detail object", `{"detail":{"n":1,"message":"x"}}`, "", "x"},
		{"detail of another kind", `{"detail":[7,[],{}]}`, "", ""},
		{"whole", `{"object":"error","message":"m"}`, `{"object":"error","message":"m"}`, "m"},
		{"null", `{"error":null}`, "", ""},
		{"broken", `{"error":{"message":"m"}`, "", ""},
		{"HTML", `<html>`, "", ""},
		{"empty", ``, "", ""},
	}
	for _, test := range tests {
		object, ok := ErrorObject([]byte(test.body))
		if string(object) != test.object || ok != (test.object != "") {
			t.Errorf("%s: got %s, %v", test.name, object, ok)
		}
		if got := ErrorMessage([]byte(test.body)); got != test.message {
			t.Errorf("%s: message %q", test.name, got)
		}
	}
}

// How providers and the servers in front of them write an error, and what is
// read of it.
func TestInspectFailure(t *testing.T) {
	for _, test := range []struct {
		name, body string
		want       Failure // Object aside
	}{
		{"OpenAI", `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`,
			Failure{Message: "You exceeded your current quota", Type: "insufficient_quota", Code: "insufficient_quota"}},
		{"Anthropic", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}`,
			Failure{Message: "Overloaded", Type: "overloaded_error"}},
		{"Anthropic without an inner type", `{"error":{"message":"m"},"type":"error"}`, Failure{Message: "m"}},
		{"Google", `{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED","details":[{"@type":"x","reason":"R","message":"inner"}]}}`,
			Failure{Message: "Quota exceeded", Type: "RESOURCE_EXHAUSTED", Code: "429", Status: 429}},
		{"Google, in a list", ` [ {"error":{"code":400,"message":"API key not valid","status":"INVALID_ARGUMENT"}} ] `,
			Failure{Message: "API key not valid", Type: "INVALID_ARGUMENT", Code: "400", Status: 400}},
		{"a type goes before a status", `{"error":{"status":"X","type":"t"}}`, Failure{Type: "t"}},
		{"a status is no type", `{"error":{"status":503,"message":"m"}}`, Failure{Message: "m", Status: 503}},
		{"Amazon", `{"__type":"com.amazon.coral.service#ThrottlingException:http://internal/","message":"Too many requests"}`,
			Failure{Message: "Too many requests", Type: "ThrottlingException"}},
		{"Amazon, short", `{"__type":"ServiceQuotaExceededException","Message":"Too many tokens"}`,
			Failure{Message: "Too many tokens", Type: "ServiceQuotaExceededException"}},
		{"Amazon, capital", `{"Message":"User is not authorized"}`, Failure{Message: "User is not authorized"}},
		{"Databricks", `{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"m"}`, Failure{Message: "m", Code: "REQUEST_LIMIT_EXCEEDED"}},
		{"FastAPI", `{"detail":"Not Found"}`, Failure{Message: "Not Found"}},
		{"FastAPI's validation", `{"detail":[{"type":"missing","loc":["body","model"],"msg":"Field required"},{"msg":"no"}]}`, Failure{Message: "Field required"}},
		{"a message goes before a detail", `{"message":"m","detail":"d"}`, Failure{Message: "m"}},
		{"vLLM, before", `{"object":"error","message":"m","type":"BadRequestError","param":null,"code":400}`,
			Failure{Message: "m", Type: "BadRequestError", Code: "400", Status: 400}},
		{"text with a type", `{"error":"Input validation error","error_type":"validation"}`, Failure{Message: "Input validation error", Type: "validation"}},
		{"text beside a message", `{"message":"why","error":"Bad Request","status":400}`, Failure{Message: "why", Status: 400}},
		{"text before a message", `{"error":"Bad Request","message":"why"}`, Failure{Message: "why"}},
		{"one inside the other", `{"error":{"message":"m","code":"c"},"code":"outer","status":500}`, Failure{Message: "m", Code: "c", Status: 500}},
		{"nothing", `{}`, Failure{}},
		{"odd kinds", `{"error":{"message":1,"type":[],"code":{},"status":true},"__type":2,"detail":false}`, Failure{}},
	} {
		got := InspectFailure([]byte(test.body))
		if got == nil {
			t.Errorf("%s: nothing was found", test.name)
			continue
		}
		got.Object = nil
		if !reflect.DeepEqual(*got, test.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", test.name, *got, test.want)
		}
	}
	for _, body := range []string{``, `"error"`, `[]`, `[1]`, `[{"error":{}},{"error":{}}]`, `[{"error":{}}`, `[{"error":{}}]]`, `{"error":{}`, `{} {}`, `<html>`} {
		if got := InspectFailure([]byte(body)); got != nil {
			t.Errorf("%q: got %+v", body, *got)
		}
	}
	if object, _ := ErrorObject([]byte(`[{"error":{"code":1.0}}]`)); string(object) != `{"code":1.0}` {
		t.Errorf("the object in a list is %q", object)
	}
}
