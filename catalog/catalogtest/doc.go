// Package catalogtest does not know how a store keeps its commits, nor who may
// do what. It holds the laws: what every [catalog.Store] must do, and what a
// [catalog.Catalog] does over any of them.
//
// # For the author of a store
//
// One call each, in the store's own tests:
//
//	func TestStore(t *testing.T) {
//		catalogtest.TestStore(t, open, catalogtest.Features{Durable: true})
//	}
//
//	func TestCatalog(t *testing.T) {
//		catalogtest.TestCatalog(t, open)
//	}
//
//	func open(t testing.TB, dir string) catalog.Store {
//		s, err := mystore.Open(filepath.Join(dir, "catalog"))
//		if err != nil {
//			t.Fatal(err)
//		}
//		return s
//	}
//
// [TestStore] asks the store itself. [TestCatalog] asks a catalog over the
// store, with faults put between the two ([FaultStore]), and ends in a state
// machine that compares every readable fact with a model made of plain maps. A
// law that fails is printed as a sentence.
//
// # For tests above the catalog
//
// [World] draws a small catalog with owners, nested groups and grants; [Name]
// and [PrincipalName] draw names; [ServiceKind] is a kind with content to put
// into schemas; [Dump] writes a whole snapshot as text, so that "nothing has
// changed" is one comparison; [FaultStore] makes a chosen operation fail.
//
// # Concurrency
//
// Laws run one after the other, each on stores of its own. Draws from one
// rapid.T belong to one goroutine.
package catalogtest
