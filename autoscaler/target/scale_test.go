package target

import (
	"errors"
	"strings"
	"testing"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	scalefake "k8s.io/client-go/scale/fake"
	clienttesting "k8s.io/client-go/testing"
)

// fixedMapper has Deployments, and counts its resets.
type fixedMapper struct {
	*meta.DefaultRESTMapper
	resets int
}

func (m *fixedMapper) Reset() { m.resets++ }

func deploymentMapper() *fixedMapper {
	version := schema.GroupVersion{Group: "apps", Version: "v1"}
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{version})
	mapper.Add(version.WithKind("Deployment"), meta.RESTScopeNamespace)
	return &fixedMapper{DefaultRESTMapper: mapper}
}

var web = Ref{Namespace: "shop", APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}

func scaleOf(name string, replicas int32) *autoscalingv1.Scale {
	return &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, ResourceVersion: "1"},
		Spec:       autoscalingv1.ScaleSpec{Replicas: replicas},
		Status:     autoscalingv1.ScaleStatus{Replicas: replicas, Selector: "app=" + name},
	}
}

func TestReadKeepsTheOrderAndReturnsErrorsByTarget(t *testing.T) {
	client := &scalefake.FakeScaleClient{}
	client.AddReactor("get", "deployments", func(action clienttesting.Action) (bool, runtime.Object, error) {
		name := action.(clienttesting.GetAction).GetName()
		if name == "gone" {
			return true, nil, apierrors.NewNotFound(schema.GroupResource{Group: "apps", Resource: "deployments"}, name)
		}
		return true, scaleOf(name, int32(len(name))), nil
	})
	mapper := deploymentMapper()
	gone, unknown := web, web
	gone.Name = "gone"
	unknown.Kind = "Rocket"

	scales := NewScales(client, mapper).Read(t.Context(), []Ref{web, gone, unknown, web})

	if scales[0].Err != nil || scales[0].Replicas != 3 || scales[3].Selector != "app=web" {
		t.Errorf("web was read as %+v and %+v", scales[0], scales[3])
	}
	if !apierrors.IsNotFound(scales[1].Err) {
		t.Errorf("the missing target gives %v, want a not-found error", scales[1].Err)
	}
	if err := scales[2].Err; err == nil || !strings.Contains(err.Error(), "Rocket.apps") {
		t.Errorf("the unknown kind gives %v, want an error that names it", err)
	}
	if mapper.resets != 1 {
		t.Errorf("the mapper was reset %d times, want once, for the unknown kind", mapper.resets)
	}
}

// TestAConflictIsNoWrite: another writer may have scaled the target from 5 to 9 and back, so a decision on the former 5 does not hold,
// although the replicas are the same. The next read has the newer version.
func TestAConflictIsNoWrite(t *testing.T) {
	newest := scaleOf("web", 5)
	newest.ResourceVersion = "2"
	client := &scalefake.FakeScaleClient{}
	client.AddReactor("get", "deployments", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, newest.DeepCopy(), nil
	})
	var written []int32
	client.AddReactor("update", "deployments", func(action clienttesting.Action) (bool, runtime.Object, error) {
		scale := action.(clienttesting.UpdateAction).GetObject().(*autoscalingv1.Scale)
		if scale.ResourceVersion != newest.ResourceVersion {
			return true, nil, apierrors.NewConflict(schema.GroupResource{Resource: "deployments"}, "web", errors.New("older"))
		}
		written = append(written, scale.Spec.Replicas)
		return true, scale, nil
	})
	stale := newScale(schema.GroupResource{Group: "apps", Resource: "deployments"}, scaleOf("web", 5))

	scales := NewScales(client, deploymentMapper())
	err := scales.Write(t.Context(), web, stale, 9)
	want := "not writing 9 replicas to Deployment/web: it changed after it was read; evaluating it again"
	if _, changed := errors.AsType[*ChangedError](err); !changed || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
	if len(written) > 0 {
		t.Errorf("written %v, want none", written)
	}
	if err := scales.Write(t.Context(), web, scales.Read(t.Context(), []Ref{web})[0], 9); err != nil || len(written) != 1 {
		t.Errorf("the next decision: error %v, written %v, want one write", err, written)
	}
}

func TestEmptySelectorIsRejected(t *testing.T) {
	for _, selector := range []string{"", "app=(", "app in"} {
		if parsed, err := (&Scale{Selector: selector}).PodSelector(); err == nil {
			t.Errorf("selector %q was taken as %v", selector, parsed)
		}
	}
}
