package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// The kinds, and the privileges that come with them.
const (
	typeToolbox catalog.SecurableType = "toolbox"
	typeTool    catalog.SecurableType = "tool"

	useToolbox    catalog.Privilege = "USE_TOOLBOX"
	callTool      catalog.Privilege = "CALL_TOOL"
	createToolbox catalog.Privilege = "CREATE_TOOLBOX"
	createTool    catalog.Privilege = "CREATE_TOOL"
)

// kinds are the papers of toolboxes and tools.
func kinds() []catalog.Kind {
	return []catalog.Kind{{
		Type: typeToolbox, Label: "Toolbox", Parent: catalog.TypeCatalog,
		Gate: useToolbox, Create: createToolbox,
		Privileges: []catalog.Privilege{useToolbox, catalog.Manage, catalog.AllPrivileges},
	}, {
		Type: typeTool, Label: "Tool", Parent: typeToolbox, Create: createTool,
		Privileges: []catalog.Privilege{callTool, catalog.Manage, catalog.AllPrivileges},
		Reveals:    []catalog.Privilege{callTool},
		Decode:     decodeTool, Compile: compileTool,
	}}
}

// tool is the content of a tool, as the catalog keeps it.
type tool struct {
	Format string `json:"format"` // what it answers, %s being what it is asked
}

// Clone implements catalog.Spec.
func (t *tool) Clone() catalog.Spec {
	c := *t
	return &c
}

func decodeTool(data []byte) (catalog.Spec, error) {
	t := new(tool)
	return t, json.Unmarshal(data, t)
}

// compileTool makes a tool ready to be called, once per change. What it refuses
// never gets into the catalog.
func compileTool(_ catalog.ID, spec catalog.Spec) (any, error) {
	t, ok := spec.(*tool)
	if !ok || t.Format == "" {
		return nil, errors.New("kind: a tool without a format")
	}
	return func(asked string) string { return fmt.Sprintf(t.Format, asked) }, nil
}

// createIn makes an object of one of the kinds, owned by the caller. The right to
// make it is asked for in the update that makes it.
func createIn(ctx context.Context, ms *modelservice.Metastore, caller catalog.PrincipalID, d catalog.Draft) (id catalog.ID, err error) {
	d.Owner = caller
	_, err = ms.Catalog().Update(ctx, "kind", func(tx *catalog.Tx) (err error) {
		if !ms.Authorizer().Create(&tx.Snapshot, caller, d.Type, d.Parent).Allowed {
			return errors.New("kind: not allowed")
		}
		id, err = tx.Create(d)
		return err
	})
	if err != nil {
		return 0, err
	}
	return id, nil
}

// call calls a tool for somebody who may: with CALL TOOL on it, and the
// gates above. For everybody else there is no such tool.
func call(ms *modelservice.Metastore, caller catalog.PrincipalID, name catalog.FullName, asked string) (string, error) {
	s := ms.Catalog().Snapshot()
	id, _ := s.Lookup(typeTool, name)
	if d := ms.Authorizer().Check(s, caller, callTool, id); !d.Allowed {
		return "", fmt.Errorf("kind: tool %s does not exist", name)
	}
	return s.Compiled(id).(func(string) string)(asked), nil
}
