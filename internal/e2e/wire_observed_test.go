package e2e

import (
	"net/http"
	"regexp"
	"testing"
)

// What the SDK and the CLI were seen to send to the example's server, in that
// order and beyond the recording: each call is answered as it was then, in the
// shape of its path.
func TestWireObserved(t *testing.T) {
	w := newPlayer(t)
	defer w.stop(t)
	for _, c := range readRecorded(t, "testdata/observed.json", 100) {
		answer := w.play(c)
		if c.Want != http.StatusOK {
			continue // and was decoded as an error
		}
		shape := shapeOf(c)
		if shape == nil {
			t.Fatalf("%s %s: no shape is known", c.Method, c.Path)
		}
		strictly(t, answer, shape)
	}
}

// shapeOf is what a call that succeeds is answered in.
func shapeOf(c recorded) any {
	for _, s := range []struct {
		call  string
		shape any
	}{
		{`^DELETE `, new(struct{})},
		{`^POST .*/model-services$|/model-services/`, new(wireService)}, {`/model-services$`, new(wireServices)},
		{`^POST .*/catalogs$|/catalogs/`, new(wireCatalog)}, {`/catalogs$`, new(wireCatalogs)},
		{`^POST .*/schemas$|/schemas/`, new(wireSchema)}, {`/schemas$`, new(wireSchemas)},
		{`/tables/[^/]+/exists$`, new(wireExists)}, {`/tables/`, new(wireTableInfo)}, {`/tables$`, new(wireTables)}, {`/table-summaries$`, new(wireSummaries)},
		{`/models/`, new(wireModel)}, {`/models$`, new(wireModels)},
		{`/effective-permissions/`, new(wireEffective)}, {`/effective-privilege-assignments/`, new(wireEffectivePage)},
		{`/permissions/|/privilege-assignments/`, new(wireGrants)}, {`/statements$`, new(wireStatement)},
		{`/metastores/|/metastore_summary$`, new(wireMetastore)}, {`/metastores$`, new(wireMetastores)},
		{`/current-metastore-assignment$`, new(wireAssignment)}, {`/scim/v2/Me$`, new(wireMe)},
	} {
		if regexp.MustCompile(s.call).MatchString(c.Method + " " + c.Path) {
			return s.shape
		}
	}
	return nil
}
