package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/upstream"
)

// endpoints says where every model of the file is reached, by full name.
func (doc *document) endpoints(env lookupEnv) (map[string]upstream.Model, error) {
	all := map[string]upstream.Model{}
	for i := range doc.Models {
		at := fmt.Sprintf("/models/%d", i)
		name, m, err := doc.Models[i].endpoint(at, env)
		if err != nil {
			return nil, err
		}
		if _, twice := all[name.String()]; twice {
			return nil, faultf(at+"/name", "the name %q is used twice", name)
		}
		all[name.String()] = m
	}
	return all, nil
}

func (m *model) endpoint(at string, env lookupEnv) (name catalog.FullName, out upstream.Model, err error) {
	system := catalog.FullName{Catalog: modelservice.SystemCatalog, Schema: modelservice.SystemSchema}
	if name, err = catalog.ParseFullName(m.Name); err != nil || name.Parts() != 3 || name.Parent() != system {
		return name, out, faultf(at+"/name", "%q is not the name of a model in %s, such as %s.my-model", m.Name, system, system)
	}
	out.BaseURL = m.BaseURL
	if m.UpstreamModel != nil {
		if out.UpstreamModel = *m.UpstreamModel; out.UpstreamModel == "" {
			return name, out, faultf(at+"/upstream_model", "must not be empty")
		}
	}
	if m.APIKeyEnv != nil {
		key, err := fromEnv(at+"/api_key_env", *m.APIKeyEnv, env)
		if err != nil {
			return name, out, err
		}
		out.APIKey = inferencelog.NewSecret(key)
	}
	if m.API != nil {
		if out.API = upstream.API(*m.API); out.API == "" {
			return name, out, faultf(at+"/api", "must not be empty")
		}
	}
	// What sends to the model has the say about the rest.
	_, err = upstream.New(upstream.Config{Models: map[string]upstream.Model{name.String(): out}})
	var bad *upstream.InvalidError
	if errors.As(err, &bad) {
		field := bad.Field
		if field == "api_key" {
			field = "api_key_env"
		}
		return name, out, faultf(at+"/"+field, "%s", bad.Reason)
	}
	return name, out, err
}

// leaves returns the last parts of the models' names, sorted.
func leaves(models map[string]upstream.Model) []string {
	var all []string
	for _, full := range slices.Sorted(maps.Keys(models)) {
		if name, err := catalog.ParseFullName(full); err == nil {
			all = append(all, name.Leaf())
		}
	}
	return all
}
