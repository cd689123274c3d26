package rest_test

import (
	"testing"

	"github.com/modelward/modelward/catalog"
)

// richest is the body of a service with everything in it that the GA shape has,
// limits of one kind twice included.
const richest = `{"comment":"c","config":{"routing":{"destinations":[
 {"name":"a","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/main.default.m1"},"traffic_percentage":40},
 {"name":"b","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/main.default.m2"},"traffic_percentage":60}],
 "fallback":{"destinations":[{"name":"f","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/main.default.m3"}}]},
 "first_token_timeout":"3.5s","traffic_splitting":{}},
 "rate_limits":[
 {"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","requests":100},
 {"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_MINUTE","tokens":500,"shadow":true},
 {"key":"RATE_LIMIT_KEY_SERVICE","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","requests":0},
 {"key":"RATE_LIMIT_KEY_USER","principal":"bob@example.com","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","tokens":7},
 {"key":"RATE_LIMIT_KEY_USER","principal":"dora","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","tokens":7},
 {"key":"RATE_LIMIT_KEY_REQUEST_TAG","request_tag_key":"k","request_tag_value":"v","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","tokens":7}],
 "inference_table":{"parent":"schemas/main.logging","table_name_prefix":"x","payloads":"NONE","omit_refused":true}}}`

// newRichest is a world with that service, main.default.s, and models of its own.
func newRichest(t *testing.T) *world {
	t.Helper()
	w := newMain(t)
	w.update(func(tx *catalog.Tx) error {
		name, _ := catalog.ParseFullName("main.default")
		in, _ := tx.Lookup(catalog.TypeSchema, name)
		owner, _ := tx.PrincipalNamed(admin)
		for _, m := range []string{"m1", "m2", "m3"} {
			if _, err := tx.Create(catalog.Draft{Type: catalog.TypeModel, Parent: in, Name: m, Owner: owner.ID}); err != nil {
				return err
			}
		}
		_, err := tx.CreatePrincipal(catalog.User, "dora")
		return err
	})
	w.ok(admin, "POST", gaCreate+"s", richest)
	return w
}

// dropModels drops models as their host does, who may.
func dropModels(names ...string) func(w *world) {
	return func(w *world) {
		w.update(func(tx *catalog.Tx) error {
			for _, m := range names {
				name, _ := catalog.ParseFullName("main.default." + m)
				id, _ := tx.Lookup(catalog.TypeModel, name)
				if _, err := tx.Drop(id, true); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// Whatever has become of a service and of what it names, sent back as it reads it
// stays what it is, through both shapes and by every mask; and a change of one
// thing leaves all else (rulings R12, R36).
func TestSentBack(t *testing.T) {
	const full = "main.default.s"
	for _, c := range []struct {
		says   string
		change func(w *world)
	}{
		{"nothing", func(*world) {}},
		{"a primary's model is dropped", dropModels("m1")},
		{"the fallback's model is dropped", dropModels("m3")},
		{"all models are dropped", dropModels("m1", "m2", "m3")},
		{"the table is dropped", func(w *world) { w.ok(admin, "DELETE", tablesPath+"/main.logging.x_payload", "") }},
		{"the table's schema is dropped", func(w *world) { w.ok(admin, "DELETE", schemasPath+"/main.logging?force=true", "") }},
		{"the table's schema is renamed", func(w *world) { w.ok(admin, "PATCH", schemasPath+"/main.logging", `{"new_name":"logs"}`) }},
		{"the table is renamed", func(w *world) { w.statement(admin, "ALTER TABLE main.logging.x_payload RENAME TO main.logging.y") }},
		{"one whom a limit names is dropped", func(w *world) { w.ok(admin, "DELETE", principalsPath+"/bob@example.com", "") }},
		{"all whom limits name are dropped", func(w *world) {
			w.ok(admin, "DELETE", principalsPath+"/bob@example.com", "")
			w.ok(admin, "DELETE", principalsPath+"/dora", "")
		}},
		{"one whom a limit names is renamed", func(w *world) { w.ok(admin, "PATCH", principalsPath+"/bob@example.com", `{"new_name":"Bobby"}`) }},
		{"logging is paused", func(w *world) {
			w.ok(admin, "PATCH", gaPath+"/"+full+"?update_mask=config.inference_table", `{"config":{"inference_table":{"parent":"schemas/main.logging","disabled":true}}}`)
		}},
		{"the owner is dropped", func(w *world) {
			w.ok(admin, "PATCH", gaPath+"/"+full+"?update_mask=owner", `{"owner":"carol"}`)
			w.ok(admin, "DELETE", principalsPath+"/carol", "")
		}},
		{"it is routed to the fallback", func(w *world) {
			w.ok(admin, "PATCH", seedPath+"/"+full, `{"routes":{"strategy":"fallback","destinations":["b","f"]}}`)
		}},
		{"a primary is not routed to", func(w *world) {
			w.ok(admin, "PATCH", seedPath+"/"+full, `{"routes":{"strategy":"traffic_split","destinations":["b"]}}`)
		}},
		{"the table is taken away", func(w *world) {
			w.ok(admin, "PATCH", gaPath+"/"+full+"?update_mask=config.inference_table", `{"config":{}}`)
		}},
	} {
		t.Run(c.says, func(t *testing.T) {
			w := newRichest(t)
			c.change(w)
			ga := w.ok(admin, "GET", gaPath+"/"+full, "")
			for _, mask := range []string{"*", "comment,config,owner", "config.rate_limits", "config.inference_table", "config.routing.destinations",
				"config.routing.fallback.destinations", "config.routing.destinations,config.routing.fallback.destinations,config.routing.first_token_timeout," +
					"config.rate_limits,config.inference_table,comment,config.routing.routing_strategy"} {
				if after := w.ok(admin, "PATCH", gaPath+"/"+full+"?update_mask="+mask, compact(ga)); compact(after) != compact(ga) {
					t.Errorf("%s:\n%s\nbecomes\n%s", mask, compact(ga), compact(after))
				}
			}
			w.ok(admin, "PATCH", seedPath+"/"+full, compact(w.ok(admin, "GET", seedPath+"/"+full, "")))
			if after := w.ok(admin, "GET", gaPath+"/"+full, ""); compact(after) != compact(ga) {
				t.Errorf("in the other shape:\n%s\nbecomes\n%s", compact(ga), compact(after))
			}
			w.ok(admin, "PATCH", seedPath+"/"+full, `{"comment":"new"}`)
			w.ok(admin, "PATCH", seedPath+"/"+full, `{"rate_limits":{"qpm":5}}`)
			after := w.ok(admin, "GET", gaPath+"/"+full, "")
			for _, member := range []string{"routing", "inference_table"} {
				if is, was := compact(dig(after, "config", member)), compact(dig(ga, "config", member)); is != was {
					t.Errorf("%s was\n%s\nand is\n%s", member, was, is)
				}
			}
			if n := len(dig(after, "config", "rate_limits").([]any)); n != 6 {
				t.Errorf("there are %d limits: %s", n, compact(after))
			}
		})
	}
}

// So it is with all other objects that can be changed (ruling R36).
func TestObjectsSentBack(t *testing.T) {
	w := newRichest(t)
	w.statement(admin, "COMMENT ON TABLE main.logging.x_payload IS 'kept'")
	w.ok(admin, "PATCH", schemasPath+"/main.logging", `{"comment":"<c> & \u2028","properties":{"<k>":"v\n"}}`)
	for _, at := range []string{catalogsPath + "/main", schemasPath + "/main.logging", tablesPath + "/main.logging.x_payload"} {
		is := w.ok(admin, "GET", at, "")
		version := w.version()
		if after := w.ok(admin, "PATCH", at, compact(is)); compact(after) != compact(is) {
			t.Errorf("%s\n%s\nbecomes\n%s", at, compact(is), compact(after))
		}
		if w.version() != version {
			t.Errorf("%s: something has changed", at)
		}
	}
	if e := w.refused(admin, "PATCH", tablesPath+"/main.logging.x_payload", `{"owner":"alice","comment":"other"}`, 400); e.field() != "/comment" {
		t.Errorf("another comment blames %s: %s", e.field(), e.Message)
	}
	w.refused(admin, "PATCH", tablesPath+"/main.logging.none", `{"owner":"alice","comment":"other"}`, 404)
}
