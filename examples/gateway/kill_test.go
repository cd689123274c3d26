package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Whenever the process is killed, what was acknowledged is there, and of what
// was not, all or nothing.
func TestKilledWhileCreating(t *testing.T) {
	const services = 200
	folder := t.TempDir()
	file := filepath.Join(folder, "gateway.json")
	writeFile(t, file, `{"listen": "127.0.0.1:0", "data_dir": "`+folder+`/data", "admins": ["ann"], "users": [{"name": "ann", "token": "ann"}],
		"models": [{"name": "system.ai.m", "base_url": "http://127.0.0.1:1"}]}`)
	c := startChild(t, nil, "-config", file)
	c.must(200, "ann", "POST", unityCatalog+"/catalogs", `{"name": "main"}`)
	c.must(200, "ann", "POST", unityCatalog+"/schemas", `{"catalog_name": "main", "name": "default"}`)
	c.must(200, "ann", "POST", unityCatalog+"/schemas", `{"catalog_name": "main", "name": "logging"}`)

	acknowledged := map[string]bool{}
	for _, killAfter := range []int{1, 40, 80, 120, 160, services} {
		if killAfter < services {
			createUntil(t, c, services, killAfter, acknowledged)
			if status, _ := c.wait(); status == 0 {
				t.Fatal("the process was not killed")
			}
			c = startChild(t, nil, "-config", file)
		} else {
			createUntil(t, c, services, services+1, acknowledged)
		}
		examine(t, c, acknowledged)
	}
	if len(acknowledged) != services {
		t.Errorf("%d of %d services are there in the end", len(acknowledged), services)
	}
	if strings.Contains(c.stderrText(), "missing in the log") {
		t.Errorf("a table had no rows' place: %s", c.stderrText())
	}
	c.end(syscall.SIGTERM)
}

// createUntil creates, four at a time, the services that were not acknowledged
// yet, and kills the process as soon as so many are.
func createUntil(t *testing.T, c *child, services, kill int, acknowledged map[string]bool) {
	t.Helper()
	names := make(chan string, services)
	for i := range services {
		if name := fmt.Sprintf("service-%03d", i); !acknowledged[name] {
			names <- name
		}
	}
	close(names)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for name := range names {
				a, err := c.call("ann", "POST", modelServices, fmt.Sprintf(`{"catalog_name": "main", "schema_name": "default", "name": %q,
					"destinations": [{"name": "d", "model": "system.ai.m"}], "inference_table": "main.logging.%s_payload"}`, name, name))
				if err != nil {
					return // the process is gone
				}
				mu.Lock()
				if a.status != 200 && a.status != 409 { // 409: it was there, unacknowledged
					t.Errorf("%s: %v", name, a)
				}
				acknowledged[name] = true
				if len(acknowledged) == kill {
					c.cmd.Process.Kill()
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// examine compares what is there with what was acknowledged.
func examine(t *testing.T, c *child, acknowledged map[string]bool) {
	t.Helper()
	tables := map[string]bool{}
	list(t, c, unityCatalog+"/tables?catalog_name=main&schema_name=logging", "tables", func(o object) { tables[o.FullName] = true })
	there := 0
	list(t, c, modelServices+"?catalog_name=main&schema_name=default", "model_services", func(o object) {
		there++
		a := c.must(200, "ann", "GET", modelServices+"/"+o.FullName, "")
		if table := "main.logging." + o.Name + "_payload"; a.at("inference_table") != table || !tables[table] {
			t.Errorf("service %s is without its table", o.Name)
		} else {
			delete(tables, table)
		}
	})
	for table := range tables {
		t.Errorf("table %s is without its service", table)
	}
	if extra := there - len(acknowledged); extra < 0 || extra > 4 {
		t.Errorf("%d services are there, %d were acknowledged", there, len(acknowledged))
	}
	for name := range acknowledged {
		c.must(200, "ann", "GET", modelServices+"/main.default."+name, "")
		c.sql("SUCCEEDED", "ann", "SELECT request_id FROM main.logging.`"+name+"_payload`")
	}
	if log := c.stderrText(); strings.Contains(log, "was missing in the log") {
		t.Errorf("a table of the catalog was not in the log: %s", log)
	}
}

// object is what these tests read of a listed object.
type object struct {
	Name     string `json:"name"`
	FullName string `json:"full_name"`
}

// list reads all pages of a list.
func list(t *testing.T, c *child, path, key string, each func(object)) {
	t.Helper()
	for token := ""; ; {
		a := c.must(200, "ann", "GET", path+token, "")
		var page map[string]json.RawMessage
		if err := json.Unmarshal(a.body, &page); err != nil {
			t.Fatal(err)
		}
		var objects []object
		if data, ok := page[key]; ok {
			if err := json.Unmarshal(data, &objects); err != nil {
				t.Fatal(err)
			}
		}
		for _, o := range objects {
			each(o)
		}
		next := a.at("next_page_token")
		if next == "" || next == "null" {
			return
		}
		token = "&page_token=" + next
	}
}
