package suite

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"flyball.dev/flyball/e2e/audit"
	"flyball.dev/flyball/e2e/chart"
	"flyball.dev/flyball/e2e/install"
)

// audits are the log files of all clusters.
var audits []string

// auditing returns the flags of an API server that logs to a file of its own in the folder.
func auditing(folder string) ([]string, error) {
	log := filepath.Join(folder, fmt.Sprintf("audit-%d.log", len(audits)))
	audits = append(audits, log)
	return audit.Flags(log)
}

// request is a line of the log.
type request struct {
	Verb string
	User struct{ Username string }

	ObjectRef      *struct{ APIGroup, Resource, Subresource, Namespace, Name string }
	ResponseStatus struct {
		Code    int
		Message string
	}
}

// permission is one verb on one resource, as "autoscaler: get apps/deployments/scale".
func permission(account, verb, group, resource string) string {
	return fmt.Sprintf("%s: %s %s/%s", strings.TrimPrefix(account, "flyball-"), verb, group, resource)
}

// TestThePermissionsAreThoseThatAreUsed compares what the API server saw in all stories with the roles of the chart: no request was
// refused, and each verb of each resource was requested. Only a run of all stories requests everything.
func TestThePermissionsAreThoseThatAreUsed(t *testing.T) {
	afterAllStories(t)
	used, refused := map[string]bool{}, map[string]string{}
	for _, path := range audits {
		for _, r := range logged(t, path) {
			if r.ObjectRef == nil || strings.HasSuffix(r.User.Username, ":horizontal-pod-autoscaler") {
				continue
			}
			resource := r.ObjectRef.Resource
			if r.ObjectRef.Subresource != "" {
				resource += "/" + r.ObjectRef.Subresource
			}
			account := r.User.Username[strings.LastIndex(r.User.Username, ":")+1:]
			key := permission(account, r.Verb, r.ObjectRef.APIGroup, resource)
			if r.ResponseStatus.Code == http.StatusForbidden {
				refused[key] = r.ResponseStatus.Message
			} else {
				used[key] = true
			}
		}
	}
	granted := grants(t)
	for key, message := range refused {
		if granted[key] == "" && !refusedOnPurpose[key] {
			t.Errorf("not granted: %s: %s", key, message)
		}
	}
	if flag.Lookup("test.run").Value.String() != "" || flag.Lookup("test.skip").Value.String() != "" {
		t.Log("not all stories ran, so some permissions may not have been used")
		return
	}
	for _, key := range slices.Sorted(maps.Keys(granted)) {
		if !used[key] && !streamed(key, used) && rarely[key] == "" {
			t.Errorf("granted by %s, and never used: %s", granted[key], key)
		}
	}
}

// streamed reports whether a list came through a watch. Informers list where the API server, such as one before 1.34, does not stream
// lists.
func streamed(key string, used map[string]bool) bool {
	return strings.Contains(key, ": list ") && used[strings.Replace(key, ": list ", ": watch ", 1)]
}

// rarely are permissions that a run of all stories may not use, with the reason.
var rarely = map[string]string{
	"autoscaler: get autoscaling.flyball.dev/horizontalautoscalers": "after a conflict of two status updates",
	"autoscaler: list metrics.k8s.io/pods":                          "where no rule serves CPU and memory",
}

// refusedOnPurpose are requests of stories about missing permissions.
var refusedOnPurpose = map[string]bool{}

func logged(t *testing.T, path string) []request {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var found []request
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r request
		// The last line may not be complete yet.
		if json.Unmarshal(lines.Bytes(), &r) == nil {
			found = append(found, r)
		}
	}
	if len(found) == 0 {
		t.Errorf("%s has no requests", path)
	}
	return found
}

// grants are the permissions of the chart's roles for both programs, each with the role that grants it.
func grants(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]any{
		"image": map[string]any{"repository": "flyball.local/flyball"}, "prometheus": map[string]any{"url": "http://127.0.0.1:9090"},
		"autoscaler":     map[string]any{"sharding": true}, // a story turns it on
		"metricsAdapter": map[string]any{"apis": map[string]any{"custom": true, "external": true, "resource": true}},
	}
	rendered, err := chart.Render(chart.Release{
		Directory: "../../charts/flyball", Name: "flyball", Namespace: install.Namespace, Values: install.Merge(all, values()),
	})
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string][]rbacv1.PolicyRule{}
	var bindings []rbacv1.RoleBinding
	for _, object := range rendered.Objects {
		key := object.GetNamespace() + "/" + object.GetName()
		switch object.GetKind() {
		case "ClusterRole", "Role":
			role := rbacv1.Role{}
			convert(t, object.Object, &role)
			rules[object.GetKind()+" "+strings.TrimPrefix(key, "/")] = role.Rules
		case "ClusterRoleBinding", "RoleBinding":
			binding := rbacv1.RoleBinding{}
			convert(t, object.Object, &binding)
			bindings = append(bindings, binding)
		}
	}
	granted := map[string]string{}
	for _, binding := range bindings {
		role := binding.RoleRef.Kind + " " + binding.RoleRef.Name
		if binding.RoleRef.Kind == "Role" {
			role = "Role " + binding.Namespace + "/" + binding.RoleRef.Name
		}
		for _, subject := range binding.Subjects {
			addRules(granted, role, subject.Name, rules[role])
		}
	}
	return granted
}

func addRules(granted map[string]string, role, account string, rules []rbacv1.PolicyRule) {
	for _, rule := range rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					granted[permission(account, verb, group, resource)] = role
				}
			}
		}
	}
}

func convert(t *testing.T, object map[string]any, into any) {
	t.Helper()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object, into); err != nil {
		t.Fatal(err)
	}
}
