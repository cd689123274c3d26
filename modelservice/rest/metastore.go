package rest

import (
	"github.com/modelward/modelward/modelservice"
)

// workspaceID is the number of the one workspace that there is: clients of the
// field want one.
const workspaceID = 1

// metastoreAnswer is the metastore. There is one, everybody is in it, and its id
// is in all answers; so everybody may know it.
type metastoreAnswer struct {
	Name string `json:"name"`
	origin
}

func (h *handler) metastoreAnswer() metastoreAnswer {
	o := h.ms.Root()
	return metastoreAnswer{metastoreName, h.origin(o)}
}

// metastoreName is what the metastore is called, which has no name of its own.
const metastoreName = "metastore"

func (h *handler) metastoreSummary(*request) (any, error) { return h.metastoreAnswer(), nil }

func (h *handler) listMetastores(r *request) (any, error) {
	if _, err := r.window("max_results", "metastores"); err != nil {
		return nil, err
	}
	return struct {
		Metastores []metastoreAnswer `json:"metastores"`
	}{[]metastoreAnswer{h.metastoreAnswer()}}, nil
}

func (h *handler) metastore(r *request) (any, error) {
	if id := r.PathValue("id"); id != h.ms.MetastoreID() {
		return nil, &modelservice.Error{Code: modelservice.CodeDoesNotExist, Message: "There is no metastore of this id."}
	}
	return h.metastoreAnswer(), nil
}

// metastoreAssignment says which metastore this workspace has.
func (h *handler) metastoreAssignment(*request) (any, error) {
	return struct {
		MetastoreID string `json:"metastore_id"`
		WorkspaceID int64  `json:"workspace_id"`
	}{h.ms.MetastoreID(), workspaceID}, nil
}
