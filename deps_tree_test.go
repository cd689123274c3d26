package modelward_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A house is what stands in a tree: packages by their path relative to it.
type house struct {
	module  string                       // path of the root module
	modules []string                     // folders of the nested ones
	imports map[string]map[string]string // package, then import path: a file that imports it
}

const root = "modelward" // the name of the root package in the rules

// visit reads the imports of every Go file in the tree that is not a test. What
// the go command leaves out is left out: testdata, and names that begin with a
// dot or an underscore.
func visit(tree fs.FS) (*house, error) {
	mod, err := fs.ReadFile(tree, "go.mod")
	if err != nil {
		return nil, err
	}
	h := &house{imports: make(map[string]map[string]string)}
	for line := range strings.Lines(string(mod)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
			h.module = strings.TrimSpace(name)
		}
	}
	err = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		hidden := name != "." && (base[0] == '.' || base[0] == '_')
		switch {
		case d.IsDir() && (hidden || base == "testdata"):
			return fs.SkipDir
		case base == "go.mod" && path.Dir(name) != ".":
			h.modules = append(h.modules, path.Dir(name))
		case !d.IsDir() && !hidden && path.Ext(name) == ".go":
			return h.read(tree, name)
		}
		return nil
	})
	return h, err
}

func (h *house) read(tree fs.FS, name string) error {
	p := path.Dir(name)
	if p == "." {
		p = root
	}
	if h.imports[p] == nil {
		h.imports[p] = make(map[string]string) // a folder with nothing but tests is a package too
	}
	if strings.HasSuffix(name, "_test.go") {
		return nil
	}
	source, err := fs.ReadFile(tree, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
	if err != nil {
		return err
	}
	for _, spec := range file.Imports {
		what, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		h.imports[p][what] = name
	}
	return nil
}

// ours returns the package of the tree that an import path means, if it does.
func (h *house) ours(what string) (string, bool) {
	if what == h.module {
		return root, true
	}
	return strings.CutPrefix(what, h.module+"/")
}

// has reports whether a room has a package in it.
func (h *house) has(room string) bool {
	below, all := strings.CutSuffix(room, "/...")
	for p := range h.imports {
		if p == below || all && strings.HasPrefix(p, below+"/") {
			return true
		}
	}
	return false
}

// nested reports whether the package at p belongs to a nested module.
func (h *house) nested(p string) bool {
	return slices.ContainsFunc(h.modules, func(m string) bool { return p == m || strings.HasPrefix(p, m+"/") })
}
