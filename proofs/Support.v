(* Accumulated categories: what fit 1 saw is never lost.

   pools t mu     the law of the data of fit t + 1 when all data sets are kept
   support s      the number of categories in the data s

   Assumes: probabilities below one.
   Leaves out: laws with infinitely many outcomes.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra.
From mathcomp Require Import reals sequences exp.
From Collapse Require Import Formulas Probability Replacement.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Support.
Variables (R : realType) (I : finType) (mu : law R I) (n : nat).
Hypothesis n_gt0 : (0 < n)%N.

Fixpoint pools t : law R (seq I) :=
  if t is t'.+1 then bind (pools t') (fun s => image (cat s) (iid n (refit mu s))) else iid n mu.

Definition support (s : seq I) : R := \sum_i (i \in s)%:R.

(* Draws from the empirical law of s are in s. *)
Lemma draws_inside (s : seq I) : (0 < size s)%N -> surely (iid n (refit mu s)) (fun u => {subset u <= s}).
Proof.
case: s => // x s _; have h : surely (refit mu (x :: s)) (fun y => y \in x :: s).
  rewrite /surely (_ : atoms _ = [seq ((size (x :: s))%:R^-1, y) | y <- x :: s])// => p.
  move=> hp; have [y [<- ys]] := proj1 (List.in_map_iff (fun y => ((size (x :: s))%:R^-1 : R, y)) (x :: s) p) hp.
  rewrite [(_, _).2]/=; elim: (x :: s) ys => [[]|z u ih] /= [->|/ih yu].
    by rewrite in_cons eqxx.
  by rewrite in_cons yu orbT.
apply: (surely_sub (surely_iid n h)) => u; elim: u => [_ y //|y u ih hu z].
rewrite in_cons => /orP[/eqP ->|zu]; first by apply: hu; left.
by apply: ih zu => w wu; apply: hu; right.
Qed.

Lemma pools_nonempty t : surely (pools t) (fun s => (0 < size s)%N).
Proof.
elim: t => [|t ih]; first by apply: (surely_sub (size_iid n mu)) => s ->.
apply: (surely_bind ih) => s s0; apply: surely_image; apply: surelyT => u.
by rewrite size_cat addn_gt0 s0.
Qed.

Lemma support_kept t : E (pools t.+1) support = E (pools t) support.
Proof.
rewrite /= E_bind; apply: (E_surely (@pools_nonempty t)) => s s0; rewrite E_image.
rewrite -[RHS](E_const (iid n (refit mu s))); apply: (E_surely (draws_inside s0)) => u us.
apply: eq_bigr => i _; rewrite mem_cat; case: (boolP (i \in u)) => [/us ->|]; by rewrite ?orbF ?orbT.
Qed.

(* A category is missing from n draws with probability (1 - p)^n. *)
Lemma missing (i : I) : E (iid n mu) (fun s => (i \in s)%:R) = 1 - (1 - mass mu i) ^+ n.
Proof.
elim: n => [|k ih]; first by rewrite E_dirac expr0 subrr.
rewrite E_iidS (E_eq (g := fun x => (1 - (1 - mass mu i) ^+ k) + (1 - mass mu i) ^+ k * (pred1 i x)%:R)).
  by rewrite E_add E_const E_scale -/(Pr mu (pred1 i)) -/(mass mu i) exprS; ring.
move=> x; rewrite /= eq_sym; case: eqP => [->|ix].
  by rewrite (E_eq (g := fun=> 1)) ?E_const ?mulr1 ?subrK// => s; rewrite in_cons eqxx.
by rewrite mulr0 addr0 -ih; apply: E_eq => s; rewrite in_cons (introF eqP ix).
Qed.

Theorem categorical_accumulate_support_correct t : (forall i, mass mu i < 1) ->
  E (pools t) support = categorical_accumulate_support n%:R t.+1 (mass mu).
Proof.
move=> p1; rewrite /categorical_accumulate_support /=; elim: t => [|t ih]; last by rewrite support_kept.
rewrite /= /support E_sum; apply: eq_bigr => i _; rewrite missing.
have q0 : 0 < 1 + - mass mu i by rewrite subr_gt0.
by rewrite mulrC expRM_natr lnK ?posrE// opprB.
Qed.

End Support.
