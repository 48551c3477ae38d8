package docs

import (
	"fmt"
	"go/ast"
	"slices"
)

// impure are the libraries that no pure package imports, and why.
var impure = []library{
	{path: "context", because: "it waits for nothing, so there is nothing to cancel"},
	{path: "log", because: "it returns what it has to say; its caller logs"},
	{path: "k8s.io/klog", because: "it returns what it has to say; its caller logs"},
	{path: "os", because: "it is given what it needs to know"},
	{path: "net", because: "it is given what it needs to know"},
	{path: "k8s.io/client-go", because: "it is given what it needs to know"},
	{path: "github.com/prometheus/client_golang", because: "it returns what it has to say; its caller counts"},
	{path: "sync", because: "it starts no goroutine, so it shares nothing"},
	{path: "math/rand", because: "the same input must give the same answer"},
	{path: "crypto/rand", because: "the same input must give the same answer"},
}

// mayNotImport says whether a net of names covers a path: net covers net/http, but not net/url and net/netip, which only parse.
func mayNotImport(path string) (reason string, forbidden bool) {
	if path == "net/url" || path == "net/netip" {
		return "", false
	}
	for _, library := range impure {
		if within(path, library.path) {
			return library.because, true
		}
	}
	return "", false
}

// clock are the names of package time that read the clock or wait for it.
var clock = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Sleep"}

// impurities lists what makes a package impure in itself.
func impurities(p *goPackage) []string {
	var found []string
	for _, file := range p.files {
		imported := imports(file)
		for path := range imported {
			if reason, forbidden := mayNotImport(path); forbidden {
				found = append(found, fmt.Sprintf("%s is pure and imports %s: %s", p.path, path, reason))
			}
		}
		found = append(found, clockReads(p, file, imported["time"])...)
		for node := range ast.Preorder(file) {
			if statement, is := node.(*ast.GoStmt); is {
				found = append(found, fmt.Sprintf("%s: a pure package starts no goroutine", p.fset.Position(statement.Pos())))
			}
		}
	}
	slices.Sort(found)
	return found
}

// clockReads lists the uses of the clock in a file that knows package time by the given name; none has the empty name.
func clockReads(p *goPackage, file *ast.File, name string) []string {
	if name == "." {
		return []string{p.path + " imports time into its own scope, so that reading the clock cannot be told"}
	}
	var found []string
	for node := range ast.Preorder(file) {
		selector, is := node.(*ast.SelectorExpr)
		if !is {
			continue
		}
		// A function that is only passed on reads the clock as well, so it need not be called here.
		if base, is := selector.X.(*ast.Ident); is && name != "" && base.Name == name && slices.Contains(clock, selector.Sel.Name) {
			found = append(found, fmt.Sprintf("%s: a pure package does not use time.%s: time is an argument",
				p.fset.Position(selector.Pos()), selector.Sel.Name))
		}
	}
	return found
}
