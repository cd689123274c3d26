package rest_test

import (
	"strings"
	"testing"
)

// What is wrong in a body is said before anything is looked up, in the same words
// whoever asks, and whether or not what he asks about is there (spec §3.5).
func TestBodiesComeFirst(t *testing.T) {
	w := newRich(t)
	w.ok(admin, "POST", catalogsPath, `{"name":"dark"}`)
	long := strings.Repeat("c", 65_536)
	for _, c := range []struct {
		targets, bodies []string
		field           string
	}{
		{[]string{"POST " + catalogsPath, "PATCH " + catalogsPath + "/main", "PATCH " + catalogsPath + "/dark", "PATCH " + catalogsPath + "/void"},
			[]string{`{"name":"%n","comment":"` + long + `"}`}, "/comment"},
		{[]string{"POST " + catalogsPath, "PATCH " + catalogsPath + "/main", "PATCH " + catalogsPath + "/dark", "PATCH " + catalogsPath + "/void"},
			[]string{`{"name":"%n","properties":{"":"x"}}`, `{"name":"%n","properties":{"k":"` + long + `"}}`}, "/properties"},
		{[]string{"POST " + schemasPath, "POST " + schemasPath + "?dark", "POST " + schemasPath + "?void"},
			[]string{`{"catalog_name":"%c","name":"default","comment":"` + long + `"}`}, "/comment"},
		{[]string{"PATCH " + schemasPath + "/main.default", "PATCH " + schemasPath + "/dark.inner"},
			[]string{`{"properties":{"":"x"}}`, `{"properties":{"` + long[:256] + `":"x"}}`}, "/properties"},
		{[]string{"PATCH " + schemasPath + "/main.default", "PATCH " + schemasPath + "/dark.inner"},
			[]string{`{"properties":{"k":null}}`}, "/properties/k"},
		{[]string{"POST " + gaCreate + "team-chat", "POST " + gaPath + "?parent=schemas/dark.inner&model_service_id=x", "PATCH " + gaUpdate("*"), "PATCH " + gaPath + "/main.default.none?update_mask=comment"},
			[]string{strings.Replace(gaRouting(""), `{`, `{"comment":"`+long+`",`, 1)}, "/comment"},
		{[]string{"PATCH " + gaUpdate("config.routing.fallback.destinations"), "PATCH " + gaPath + "/main.default.none?update_mask=config.routing.fallback.destinations"},
			[]string{`{"config":{"routing":{"fallback":{"destinations":[` + gaDestination + `,` + gaDestination + `]}}}}`}, "/config/routing/fallback/destinations/1/name"},
		{[]string{"POST " + seedPath},
			[]string{`{` + seedStart + `,"comment":"` + long + `"}`, `{` + strings.Replace(seedStart, "main", "dark", 1) + `,"comment":"` + long + `"}`}, "/comment"},
		{[]string{"PATCH " + seedChat, "PATCH " + seedPath + "/dark.inner.chat"},
			[]string{`{"comment":"` + long + `"}`}, "/comment"},
		{[]string{"PATCH " + seedChat, "PATCH " + seedPath + "/dark.inner.chat"},
			[]string{`{"routes":{"strategy":"random","destinations":["a"]}}`, `{"routes":{}}`}, "/routes/strategy"},
		{[]string{"PATCH " + seedChat, "PATCH " + seedPath + "/dark.inner.chat"},
			[]string{`{"routes":{"strategy":"fallback","destinations":[]}}`, `{"routes":{"strategy":"traffic_split"}}`, `{"routes":{"strategy":"fallback","destinations":["a","b","c","d","e","f","g"]}}`}, "/routes/destinations"},
		{[]string{"PATCH " + seedChat, "PATCH " + seedPath + "/dark.inner.chat"},
			[]string{`{"routes":{"strategy":"fallback","destinations":["a","b","a"]}}`}, "/routes/destinations/2"},
		{[]string{"PATCH " + seedChat, "PATCH " + seedPath + "/dark.inner.chat"},
			[]string{`{"destinations":[{"name":"` + long[:256] + `","model":"system.ai.m"}]}`, `{"destinations":[{"name":"a\tb","model":"system.ai.m"}]}`}, "/destinations/0/name"},
		{[]string{"PATCH " + grantsPath + "/catalog/main", "PATCH " + grantsPath + "/catalog/dark", "PATCH " + grantsPath + "/catalog/void"},
			[]string{`{"changes":[{"principal":"nobody","add":["FLY"]}]}`, `{"changes":[{"principal":"nobody","add":["EXECUTE"],"remove":["EXECUTE"]}]}`}, "/changes/0"},
		{[]string{"POST " + principalsPath}, []string{`{"name":" x","type":"user"}`, `{"name":"a\tb","type":"group"}`, `{"name":"` + long + `","type":"user"}`}, "/name"},
		{[]string{"PATCH " + principalsPath + "/ai_team", "PATCH " + principalsPath + "/void"}, []string{`{"new_name":"x "}`, `{"new_name":""}`}, "/new_name"},
	} {
		for _, body := range c.bodies {
			said := ""
			for _, target := range c.targets {
				method, at, _ := strings.Cut(target, " ")
				path, in, there := strings.Cut(at, "?")
				if !there || strings.Contains(in, "=") {
					in = "main"
				}
				name := path[strings.LastIndex(path, "/")+1:]
				for _, who := range []string{admin, "carol"} {
					e := w.refused(who, method, at, strings.NewReplacer("%n", name, "%c", in).Replace(body), 400)
					words := strings.ReplaceAll(e.Message, name, "%n")
					if said == "" {
						said = words
					}
					if e.field() != c.field || words != said {
						t.Errorf("%s: %s %.200s\nblames %s: %s\nwant %s: %s", who, target, body, e.field(), e.Message, c.field, said)
					}
				}
			}
		}
	}
}
