package target

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

// refusal is the message of an API server about a pod.
const refusal = `pods "web-7f6dbd6f45-89ztd" is forbidden: exceeded quota: team, requested: pods=1,requests.cpu=500m, used: pods=12,requests.cpu=6, limited: pods=12,requests.cpu=6`

// quotaOf returns the quota team, whose limits and use are the alternating names and amounts.
func quotaOf(hard, used map[string]string) *corev1.ResourceQuota {
	list := func(from map[string]string) corev1.ResourceList {
		all := corev1.ResourceList{}
		for name, amount := range from {
			all[corev1.ResourceName(name)] = resource.MustParse(amount)
		}
		return all
	}
	return &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "team"},
		Status:     corev1.ResourceQuotaStatus{Hard: list(hard), Used: list(used)},
	}
}

// TestResourceQuotasHaveRoom for the pod of the message.
func TestResourceQuotasHaveRoom(t *testing.T) {
	type amounts = map[string]string
	for name, tc := range map[string]struct {
		quota *corev1.ResourceQuota
		words string
		want  bool
	}{
		"as before":                  {quotaOf(amounts{"pods": "12", "requests.cpu": "6"}, amounts{"pods": "12", "requests.cpu": "6"}), refusal, false},
		"room for both":              {quotaOf(amounts{"pods": "13", "requests.cpu": "6500m"}, amounts{"pods": "12", "requests.cpu": "6"}), refusal, true},
		"another pod has ended":      {quotaOf(amounts{"pods": "12", "requests.cpu": "6"}, amounts{"pods": "11", "requests.cpu": "5500m"}), refusal, true},
		"room for one":               {quotaOf(amounts{"pods": "13", "requests.cpu": "6"}, amounts{"pods": "12", "requests.cpu": "6"}), refusal, false},
		"a limit is gone":            {quotaOf(amounts{"pods": "13"}, amounts{"pods": "12"}), refusal, true},
		"the quota is gone":          {nil, refusal, true},
		"a message that is cut":      {nil, refusal[:80] + "…", false},
		"an unreadable amount":       {quotaOf(amounts{"pods": "13"}, nil), "exceeded quota: team, requested: pods=one, used: pods=12, limited: pods=12", false},
		"an admission webhook":       {nil, `admission webhook "policy.example" denied the request: no`, false},
		"the backoff limit of a Job": {nil, "BackoffLimitExceeded: Job has reached the specified backoff limit", false},
		"room for one of two pods":   {quotaOf(amounts{"pods": "13"}, amounts{"pods": "12"}), "exceeded quota: team, requested: pods=2, used: pods=12, limited: pods=13", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				kube := fake.NewClientset()
				if tc.quota != nil {
					kube = fake.NewClientset(tc.quota)
				}
				quotas := NewResourceQuotas(t.Context(), kube, "")
				if quotas.HaveRoom("shop", tc.words) {
					t.Error("there is room before the first read")
				}
				time.Sleep(time.Second) // of the bubble: the informer follows
				if got := quotas.HaveRoom("shop", tc.words); got != tc.want {
					t.Errorf("got %v, want %v", got, tc.want)
				}
			})
		})
	}
}

// TestResourceQuotasAreReadOnDemand: no quota is read before one refuses a pod, and none is where that is denied.
func TestResourceQuotasAreReadOnDemand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kube := fake.NewClientset()
		kube.PrependReactor("list", "resourcequotas", func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, nil, apierrors.NewForbidden(corev1.Resource("resourcequotas"), "", errors.New("made up"))
		})
		quotas := NewResourceQuotas(t.Context(), kube, "")
		time.Sleep(time.Minute)
		if n := len(kube.Actions()); n > 0 {
			t.Errorf("%d requests without a refusal", n)
		}
		for range 2 {
			if quotas.HaveRoom("shop", refusal) {
				t.Error("there is room although no quota can be read")
			}
			time.Sleep(time.Minute)
		}
	})
}
