package bench

import (
	"testing"

	"github.com/cedar-policy/cedar-go"
	"github.com/modelward/modelward/catalog"
)

// cedarRule is the only policy: grants are sets in the attributes of what they
// are placed on. A policy for each grant would be looked at one by one.
const cedarRule = `
permit (principal, action == Action::"EXECUTE", resource is Model)
when {
	(principal in resource.owner ||
		principal in resource.execute ||
		principal in resource.schema.execute ||
		principal in resource.schema.catalog.execute) &&
	(principal in resource.schema.owner ||
		principal in resource.schema.use_schema ||
		principal in resource.schema.catalog.use_schema) &&
	(principal in resource.schema.catalog.owner ||
		principal in resource.schema.catalog.use_catalog)
};
`

// cedarEngine is Cedar with the facts of a catalog: an entity for each object
// and each principal, whose groups are its parents.
type cedarEngine struct {
	policies *cedar.PolicySet
	entities cedar.EntityMap
}

func newCedar(tb testing.TB, s *catalog.Snapshot) *cedarEngine {
	tb.Helper()
	policies, err := cedar.NewPolicySetFromBytes("rule.cedar", []byte(cedarRule))
	if err != nil {
		tb.Fatal(err)
	}
	e := &cedarEngine{policies, cedar.EntityMap{}}
	for _, kind := range []catalog.PrincipalType{catalog.Group, catalog.User} {
		for p := range s.Principals(kind) {
			var groups []cedar.EntityUID
			for group := range s.MemberOf(p.ID) {
				groups = append(groups, cedarPrincipal(group))
			}
			uid := cedarPrincipal(p.ID)
			e.entities[uid] = cedar.Entity{UID: uid, Parents: cedar.NewEntityUIDSet(groups...)}
		}
	}
	none := cedar.NewSet()
	for node := range s.All(catalog.TypeCatalog) {
		e.add(s, cedarObject("Catalog", node.ID), node, cedar.RecordMap{"use_catalog": none, "use_schema": none, "execute": none})
	}
	for node := range s.All(catalog.TypeSchema) {
		e.add(s, cedarObject("Schema", node.ID), node, cedar.RecordMap{
			"catalog": cedarObject("Catalog", node.Parent), "use_schema": none, "execute": none,
		})
	}
	for node := range s.All(catalog.TypeModel) {
		e.add(s, cedarObject("Model", node.ID), node, cedar.RecordMap{"schema": cedarObject("Schema", node.Parent), "execute": none})
	}
	return e
}

// add puts an object in, with its owner and the grants on it.
func (e *cedarEngine) add(s *catalog.Snapshot, uid cedar.EntityUID, node catalog.Node, attributes cedar.RecordMap) {
	attributes["owner"] = cedarPrincipal(node.Owner)
	holders := map[cedar.String][]cedar.Value{}
	for g := range s.GrantsOn(node.ID) {
		attribute := map[catalog.Privilege]cedar.String{
			catalog.UseCatalog: "use_catalog", catalog.UseSchema: "use_schema", catalog.Execute: "execute",
		}[g.Privilege]
		holders[attribute] = append(holders[attribute], cedarPrincipal(g.To))
	}
	for attribute, held := range holders {
		attributes[attribute] = cedar.NewSet(held...)
	}
	e.entities[uid] = cedar.Entity{UID: uid, Attributes: cedar.NewRecord(attributes)}
}

func cedarPrincipal(id catalog.PrincipalID) cedar.EntityUID {
	return cedar.NewEntityUID("Principal", cedar.String(name(id)))
}

func cedarObject(kind cedar.EntityType, id catalog.ID) cedar.EntityUID {
	return cedar.NewEntityUID(kind, cedar.String(name(id)))
}

func (e *cedarEngine) side(questions []question) side {
	requests := make([]cedar.Request, len(questions))
	for i, q := range questions {
		requests[i] = cedar.Request{
			Principal: cedarPrincipal(q.user), Action: cedar.NewEntityUID("Action", "EXECUTE"), Resource: cedarObject("Model", q.model),
		}
	}
	return asking("Cedar", questions, func(i int) (bool, error) {
		decision, _ := cedar.Authorize(e.policies, e.entities, requests[i])
		return decision == cedar.Allow, nil
	})
}
