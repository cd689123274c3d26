package statement

import (
	"strings"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// describe answers what the caller may read about an object.
func (x executor) describe(s Describe) (*Result, error) {
	t, name, err := x.resolve(s.On)
	if err != nil {
		return nil, err
	}
	if t == modelservice.TypeModelService {
		service, err := x.ms.Service(x.caller, name)
		if err != nil {
			return nil, x.hinted(err, t, name)
		}
		return describeService(service, s.Extended), nil
	}
	o, err := x.ms.Get(x.caller, t, name)
	if err != nil {
		return nil, x.hinted(err, t, name)
	}
	if t == catalog.TypeTable {
		return describeTable(o, s.Extended), nil
	}
	a := newAnswer(infoColumns()...)
	switch t {
	case catalog.TypeMetastore:
		a.info("Metastore Id", x.ms.MetastoreID())
	case catalog.TypeModel:
		a.named(o.Name, "Model")
	default:
		a.named(o.Name, "")
	}
	a.info("Comment", o.Comment)
	a.info("Owner", o.Owner)
	if t == catalog.TypeCatalog {
		kind := "Regular"
		if node, _ := x.ms.Catalog().Snapshot().Node(o.ID); node.System {
			kind = "System"
		}
		a.info("Catalog Type", kind)
	}
	if s.Extended {
		a.made(o.CreatedBy, o.CreatedAt, o.UpdatedBy, o.UpdatedAt)
		if len(o.Properties) > 0 {
			a.info("Properties", *text(o.Properties))
		}
	}
	return &a.Result, nil
}

// named describes a full name; what is in a schema is called after its kind.
func (a *answer) named(n catalog.FullName, kind string) {
	a.info("Catalog Name", n.Catalog)
	if n.Schema != "" {
		a.info("Namespace Name", n.Schema)
	}
	if n.Object != "" {
		a.info(kind+" Name", n.Object)
	}
}

// made describes who has made and changed something, and when.
func (a *answer) made(createdBy string, createdAt time.Time, updatedBy string, updatedAt time.Time) {
	a.info("Created By", createdBy)
	a.info("Created At", *text(createdAt))
	a.info("Updated By", updatedBy)
	a.info("Updated At", *text(updatedAt))
}

// describeTable gives the columns, and behind an empty row what else there is.
func describeTable(o modelservice.Object, extended bool) *Result {
	a := newAnswer(Column{"col_name", "STRING"}, Column{"data_type", "STRING"}, Column{"comment", "STRING"})
	for _, c := range o.Layout.Columns() {
		a.add(given(c.Name), given(strings.ToLower(c.Type)), nil)
	}
	if !extended {
		return &a.Result
	}
	a.add(row("", "", "")...)
	a.add(row("# Detailed Table Information", "", "")...)
	for _, detail := range [...][2]string{
		{"Catalog", o.Name.Catalog}, {"Database", o.Name.Schema}, {"Table", o.Name.Object},
		{"Created Time", *text(o.CreatedAt)}, {"Created By", o.CreatedBy}, {"Type", "MANAGED"},
		{"Comment", o.Comment}, {"Owner", o.Owner},
	} {
		a.add(row(detail[0], detail[1], "")...)
	}
	return &a.Result
}

// describePrincipal gives a principal, the groups it is in, and the members of
// a group, directly each.
func (x executor) describePrincipal(s DescribePrincipal) (*Result, error) {
	p, err := x.find(s.Who)
	if err != nil {
		return nil, err
	}
	groups, err := x.ms.MemberOf(x.caller, s.Who.Name)
	if err != nil {
		return nil, err
	}
	var members []modelservice.Principal
	if p.Type == catalog.Group {
		if members, err = x.ms.Members(x.caller, s.Who.Name); err != nil {
			return nil, err
		}
	}
	a := newAnswer(infoColumns()...)
	a.info("Name", p.Name)
	a.info("Type", typeWords(p.Type))
	a.info("Created By", p.CreatedBy)
	a.info("Created At", *text(p.CreatedAt))
	for _, g := range groups {
		a.info("Member Of", g.Name)
	}
	for _, m := range members {
		a.info("Member", m.Name)
	}
	return &a.Result, nil
}
