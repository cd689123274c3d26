package rest

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
)

// meAnswer is who asks, in the words of SCIM: what clients ask first, to see
// whether their credentials are good.
type meAnswer struct {
	Schemas     []string  `json:"schemas"`
	ID          string    `json:"id"`
	UserName    string    `json:"userName"`
	DisplayName string    `json:"displayName"`
	Active      bool      `json:"active"`
	Groups      []meGroup `json:"groups"`
}

type meGroup struct {
	Display string `json:"display"`
	Value   string `json:"value"`
	Type    string `json:"type"`
}

// me answers who asks and the groups he was put into. Clients read the number of
// the workspace from the header.
func (h *handler) me(r *request) (any, error) {
	p, ok := h.ms.Catalog().Snapshot().Principal(r.caller)
	if !ok {
		return nil, unauthenticated()
	}
	groups, err := h.ms.MemberOf(r.caller, p.Name)
	if err != nil {
		return nil, err
	}
	answer := meAnswer{
		Schemas: []string{"urn:ietf:params:scim:schemas:core:2.0:User"},
		ID:      numberOf(p.Name), UserName: p.Name, DisplayName: p.Name, Active: true, Groups: []meGroup{},
	}
	for _, g := range groups {
		answer.Groups = append(answer.Groups, meGroup{g.Name, numberOf(g.Name), "direct"})
	}
	r.w.Header().Set("X-Databricks-Org-Id", strconv.Itoa(workspaceID))
	return answer, nil
}

// numberOf is the number under which clients keep a principal. It is made of the
// name: ids come from one sequence, and would count whom the caller may not see.
func numberOf(principal string) string {
	digest := sha256.Sum256([]byte(strings.ToLower(principal)))
	return strconv.FormatUint(binary.BigEndian.Uint64(digest[:])>>1, 10)
}
