package rest

import (
	"slices"
	"strings"

	"github.com/modelward/modelward/catalog"
)

const (
	minGrantPage     = 150  // principals; smaller pages are refused (spec §12.7)
	maxGrantPage     = 1000 // more are not given
	defaultGrantPage = minGrantPage
)

// grantWindow is the part of the grants on an object that is asked for.
type grantWindow struct {
	window
	whole bool // everything that is left, in one answer
	on    catalog.SecurableType
	name  catalog.FullName
	of    string // the principal whose grants are asked for; empty: all
}

// grantWindow reads what a listing of grants is about. A size of 0 is the
// default one, as no page_size is; no max_results asks for everything (spec
// §12.7).
func (r *request) grantWindow(kinds *catalog.Kinds, list, sizeParam string) (grantWindow, error) {
	var w grantWindow
	var err error
	if w.on, w.name, err = r.securable(kinds); err != nil {
		return w, err
	}
	if w.of, err = r.param("principal"); err != nil {
		return w, err
	}
	size, given, err := r.number(sizeParam)
	switch {
	case err != nil:
		return w, err
	case size == 0:
		size = defaultGrantPage
	case size < minGrantPage:
		return w, invalid(sizeParam, "Query parameter %s must be 0 or at least %d.", sizeParam, minGrantPage)
	}
	w.whole = !given && sizeParam == "max_results"
	w.window, err = r.windowOf(min(size, maxGrantPage), list, string(w.on), w.name.String(), strings.ToLower(w.of))
	return w, err
}

// cutGrants takes a page from all the assignments on an object, which are
// ordered by principal. Each is of a principal of its own, so none is ever
// split.
func cutGrants[T any](w grantWindow, all []T, principal func(T) string) (page []T, next string) {
	from, _ := slices.BinarySearchFunc(all, w.after, func(a T, after string) int {
		if principal(a) <= after {
			return -1
		}
		return 1
	})
	if w.whole {
		w.size = len(all) + 1
	}
	return cut(w.window, slices.Values(all[from:]), principal)
}

// securable reads what a path of the grants API is about: any kind of object
// that the catalog has, and function for a model (ruling R38). There is one
// metastore, so any name of one will do.
func (r *request) securable(kinds *catalog.Kinds) (catalog.SecurableType, catalog.FullName, error) {
	t := catalog.SecurableType(strings.ToLower(r.PathValue("type")))
	if t == "function" {
		t = catalog.TypeModel
	}
	kind, ok := kinds.Kind(t)
	if !ok {
		return "", catalog.FullName{}, invalid("securable_type", "The securable type must be one of %s and function.",
			strings.Join(each(kinds.Types(), func(t catalog.SecurableType) string { return string(t) }), ", "))
	}
	n := 0
	for kind.Parent != "" {
		kind, _ = kinds.Kind(kind.Parent)
		n++
	}
	if n == 0 {
		return t, catalog.FullName{}, nil
	}
	name, err := r.pathName(n)
	return t, name, err
}
