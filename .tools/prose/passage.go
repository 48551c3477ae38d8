package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// passage is a piece of text that people read, or the name that a declaration gives.
type passage struct {
	text       string
	line       int // of its first character, from 1
	identifier bool
}

// read gives the passages of a file, by its kind; none for kinds that hold data.
func read(path string, content []byte) ([]passage, error) {
	switch base := filepath.Base(path); {
	case strings.HasSuffix(path, ".go"):
		return readGo(path, content)
	case strings.HasSuffix(path, ".md"):
		return []passage{{text: withoutCode(string(content)), line: 1}}, nil
	case base == "Makefile" || strings.HasSuffix(path, ".yaml") || strings.HasSuffix(path, ".yml") ||
		strings.HasSuffix(path, ".tpl") || strings.HasSuffix(path, ".txt"):
		return readComments(string(content)), nil
	default:
		return nil, nil
	}
}

// readGo gives comments, string literals and declared names. Literals of tests are data and are left out.
func readGo(path string, content []byte) ([]passage, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, content, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var passages []passage
	for _, group := range file.Comments {
		passages = append(passages, passage{text: commentText(group), line: files.Position(group.Pos()).Line})
	}
	test := strings.HasSuffix(path, "_test.go")
	declared := func(names ...*ast.Ident) {
		for _, name := range names {
			if name != nil {
				passages = append(passages, passage{text: name.Name, line: files.Position(name.Pos()).Line, identifier: true})
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			declared(n.Names...)
			n.Tag = nil
		case *ast.ValueSpec:
			declared(n.Names...)
		case *ast.FuncDecl:
			declared(n.Name)
		case *ast.TypeSpec:
			declared(n.Name)
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if name, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE {
					declared(name)
				}
			}
		case *ast.BasicLit:
			if n.Kind == token.STRING && !test {
				if text, err := strconv.Unquote(n.Value); err == nil {
					passages = append(passages, passage{text: withoutCode(text), line: files.Position(n.Pos()).Line})
				}
			}
		}
		return true
	})
	return passages, nil
}

// commentText is the text of the comment with a line for each of its lines; directives are empty lines.
func commentText(group *ast.CommentGroup) string {
	var lines []string
	for _, c := range group.List {
		text := strings.TrimSuffix(strings.TrimPrefix(c.Text, "/*"), "*/")
		switch {
		case strings.HasPrefix(text, "//go:") || strings.HasPrefix(text, "//nolint"):
			text = ""
		case strings.HasPrefix(text, "// +") && !strings.Contains(text, "message="):
			text = ""
		}
		lines = append(lines, strings.TrimPrefix(text, "//"))
	}
	return withoutCode(strings.Join(lines, "\n"))
}

var comment = regexp.MustCompile(`(?m)(?:^|\s)#+ (.*)$|{{-? */\*(.*)\*/`)

// readComments gives the comments that begin with #, and those of templates.
func readComments(content string) []passage {
	var passages []passage
	for i, line := range strings.Split(content, "\n") {
		if match := comment.FindStringSubmatch(line); match != nil {
			passages = append(passages, passage{text: withoutCode(match[1] + match[2]), line: i + 1})
		}
	}
	return passages
}

var code = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`|https?://[^\\s)]+|\\]\\([^)]*\\)")

// withoutCode blanks code blocks, code spans and addresses, and keeps their line ends.
func withoutCode(text string) string {
	return code.ReplaceAllStringFunc(text, func(block string) string {
		return "x" + strings.Repeat("\n", strings.Count(block, "\n"))
	})
}
