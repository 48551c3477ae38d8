package suite

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"

	"k8s.io/client-go/rest"
)

// ending is a way in which a command ends early: at the request of a step, before the API server has it, after its effect but before the
// answer, or after the answer.
type ending struct {
	step string
	way  way
}

type way string

const (
	before way = "before"
	during way = "during"
	after  way = "after"
)

var ways = []way{before, during, after}

// writesOf are the requests of the steps that write. Those that wait read.
var writesOf = map[string]struct{ method, body string }{
	"Record":  {http.MethodPatch, `taken-over":"{`},
	"Stop":    {http.MethodDelete, ""},
	"Enforce": {http.MethodPatch, `"mode":"Enforce"`},
	"Watch":   {http.MethodPatch, `"mode":"Shadow"`},
	"Restore": {http.MethodPost, ""},
	"Finish":  {http.MethodPatch, `taken-over":null`},
}

// interrupter stands between a command and the API server, and kills the command at a request.
type interrupter struct {
	early   ending
	command *exec.Cmd
	proxy   *httputil.ReverseProxy
	// printed is the line of the step that the command printed last.
	printed atomic.Value
	killed  atomic.Bool
}

// interrupted runs a command of the program flyball by way of an interrupter, as the user taker, and returns its standard output and whether
// it was killed.
func (s *story) interrupted(early ending, arguments ...string) (printed string, killed bool) {
	s.t.Helper()
	transport, err := rest.TransportFor(s.Config)
	if err != nil {
		s.t.Fatal(err)
	}
	address, err := url.Parse(s.Config.Host)
	if err != nil {
		s.t.Fatal(err)
	}
	i := &interrupter{early: early, proxy: &httputil.ReverseProxy{
		Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(address) },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}}
	i.printed.Store("")
	server := httptest.NewServer(i)
	defer server.Close()
	i.command = exec.CommandContext(s.t.Context(), s.Binary("flyball"), append(arguments, "--server="+server.URL, "--as="+taker, "--namespace="+s.namespace)...)
	i.command.Env, i.command.Stderr = append(os.Environ(), "KUBECONFIG="+os.DevNull), os.Stderr
	out, err := i.command.StdoutPipe()
	if err == nil {
		err = i.command.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	var text strings.Builder
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		i.printed.Store(lines.Text())
		_, _ = fmt.Fprintln(&text, lines.Text()) // a strings.Builder accepts every write
	}
	if err := i.command.Wait(); err != nil && !i.killed.Load() {
		s.t.Fatalf("flyball %s: %v: %s", strings.Join(arguments, " "), err, text.String())
	}
	return text.String(), i.killed.Load()
}

// ServeHTTP is part of http.Handler.
func (i *interrupter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the command was killed
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if !i.isStep(r, string(body)) || !i.killed.CompareAndSwap(false, true) {
		i.proxy.ServeHTTP(w, r)
		return
	}
	switch i.early.way {
	case before:
		i.kill()
		panic(http.ErrAbortHandler)
	case during:
		i.proxy.ServeHTTP(httptest.NewRecorder(), r)
		i.kill()
		panic(http.ErrAbortHandler)
	default:
		i.proxy.ServeHTTP(w, r)
		_ = http.NewResponseController(w).Flush() // the command may have ended
		i.kill()
	}
}

func (i *interrupter) kill() {
	_ = i.command.Process.Signal(syscall.SIGKILL) // it may have ended
}

// isStep reports whether a request is the one to end at.
func (i *interrupter) isStep(r *http.Request, body string) bool {
	if write, writes := writesOf[i.early.step]; writes {
		return r.Method == write.method && strings.Contains(body, write.body)
	}
	printed := i.printed.Load().(string)
	// A command that agrees at once does not print Agree: it ends at its first read.
	waits := i.early.step == "Agree" && printed == "" || i.early.step != "" && strings.HasPrefix(printed, i.early.step)
	return waits && r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/horizontalautoscalers/web")
}
