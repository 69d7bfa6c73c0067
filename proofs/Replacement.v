(* Replacement: every model is fitted to data drawn from the model before it alone.

   refit m s              the model fitted to the data s: the empirical law; m itself when there are no data
   generation n t mu      the law of model t, when model 0 is mu and fit k sees n k observations
   mass m i               the probability of category i under the model m
   heterozygosity m       the probability that two draws from m differ
   share m                the probability of success of a two-valued model

   Assumes: real data of any law with finitely many outcomes; at least one observation per fit; positive
     probabilities for the chi-square distance.
   Leaves out: laws with infinitely many outcomes.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra reals.
From Collapse Require Import Formulas Probability.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Chain.
Variables (R : realType) (A : Type).
Implicit Types (mu m : law R A) (f : A -> R) (n t : nat).

Definition refit m (s : seq A) : law R A := if s is x :: u then uniform R x u else m.

(* One generation: draw n observations from the model and fit the next model to them. *)
Definition step n m : law R (law R A) := image (refit m) (iid n m).

Fixpoint generation (sizes : nat -> nat) t mu : law R (law R A) :=
  if t is t'.+1 then bind (generation sizes t' mu) (step (sizes t)) else dirac R mu.

Lemma E_refit m s f : (0 < size s)%N -> E (refit m s) f = average f s.
Proof. by case: s => // x u _; rewrite E_uniform. Qed.

Lemma E_step n m (F : R -> R) f : (0 < n)%N ->
  E (step n m) (fun q => F (E q f)) = E (iid n m) (fun s => F (average f s)).
Proof.
move=> n0; rewrite E_image; apply: (E_surely (size_iid n m)) => s sn.
by rewrite E_refit ?sn.
Qed.

Lemma E_generationS sizes t mu F :
  E (generation sizes t.+1 mu) F = E (generation sizes t mu) (fun m => E (step (sizes t.+1) m) F).
Proof. by rewrite /= E_bind. Qed.

Lemma step_mean n m f : (0 < n)%N -> E (step n m) (fun q => E q f) = E m f.
Proof. by move=> n0; rewrite (E_step m id f n0) E_average. Qed.

(* The mean of the next model wanders with the variance of the present one over n. *)
Lemma step_square_deviation n m f c : (0 < n)%N ->
  E (step n m) (fun q => (E q f - c) ^+ 2) = Var m f / n%:R + (E m f - c) ^+ 2.
Proof.
move=> n0; rewrite (E_step m (fun y => (y - c) ^+ 2) f n0).
by rewrite E_square_deviation Var_average// E_average.
Qed.

(* A fit loses one part in n of the variance: n data have n - 1 degrees of freedom. *)
Lemma step_variance n m f : (0 < n)%N ->
  E (step n m) (fun q => Var q f) = (1 - 1 / n%:R) * Var m f.
Proof.
move=> n0; have n1 : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
rewrite (E_eq (g := fun q => E q (fun x => f x ^+ 2) - (E q f - 0) ^+ 2)); last first.
  by move=> q; rewrite Var_moments subr0.
by rewrite E_sub step_mean// step_square_deviation// Var_moments; field.
Qed.

Section Schedule.
Variable sizes : nat -> nat.
Hypothesis sizes_gt0 : forall k, (0 < sizes k)%N.

(* The mean of any function is a martingale. *)
Theorem mean_martingale t mu f : E (generation sizes t mu) (fun m => E m f) = E mu f.
Proof.
elim: t => [|t ih]; first by rewrite E_dirac.
by rewrite E_generationS -ih; apply: E_eq => m; rewrite step_mean.
Qed.

(* The expected variance of any function decays by 1 - 1/n at every fit. *)
Theorem variance_decay t mu f :
  E (generation sizes t mu) (fun m => Var m f) =
  Var mu f * \prod_(1 <= k < t.+1) (1 - 1 / (sizes k)%:R).
Proof.
elim: t => [|t ih]; first by rewrite E_dirac big_geq// mulr1.
rewrite E_generationS (E_eq (g := fun m => (1 - 1 / (sizes t.+1)%:R) * Var m f)); last first.
  by move=> m; rewrite step_variance.
by rewrite E_scale ih [in RHS]big_nat_recr//=; ring.
Qed.

(* What the mean has drifted the variance has lost. *)
Theorem square_deviation t mu f :
  E (generation sizes t mu) (fun m => (E m f - E mu f) ^+ 2) =
  Var mu f * (1 - \prod_(1 <= k < t.+1) (1 - 1 / (sizes k)%:R)).
Proof.
rewrite mulrBr mulr1 -variance_decay.
rewrite (E_eq (g := fun m => (E m (fun x => f x ^+ 2) - Var m f) +
   ((- 2 * E mu f) * E m f + (E mu f) ^+ 2))); last by move=> m; rewrite Var_moments; ring.
by rewrite E_add E_sub E_add E_scale E_const !mean_martingale Var_moments; ring.
Qed.

End Schedule.

Section Constant.
Variable n : nat.
Hypothesis n_gt0 : (0 < n)%N.
Local Notation run := (generation (fun=> n)).

Lemma decay_constant t : \prod_(1 <= k < t.+1) (1 - 1 / n%:R : R) = (1 - 1 / n%:R) ^+ t.
Proof. by rewrite big_const_nat subn1 /= iter_mulr_1. Qed.

(* The expected maximum-likelihood variance, for any finite law of the real data and any statistic. *)
Theorem maximum_likelihood_variance t mu f :
  E (run t mu) (fun m => Var m f) = Var mu f * (1 - 1 / n%:R) ^+ t.
Proof. by rewrite variance_decay// decay_constant. Qed.

Theorem square_deviation_constant t mu f :
  E (run t mu) (fun m => (E m f - E mu f) ^+ 2) = Var mu f * (1 - (1 - 1 / n%:R) ^+ t).
Proof. by rewrite square_deviation// decay_constant. Qed.

End Constant.
End Chain.

Lemma Var_indicator (R : realType) (A : Type) (m : law R A) (e : pred A) : Var m (fun x => (e x)%:R) = Pr m e * (1 - Pr m e).
Proof.
rewrite Var_moments (E_eq (f := fun x => _ ^+ 2) (g := fun x => (e x)%:R)); last first.
  by move=> x; case: (e x); rewrite ?expr1n ?expr0n.
by rewrite /Pr; ring.
Qed.

Section Categories.
Variables (R : realType) (I : finType).
Implicit Types (mu m : law R I) (n t : nat).

Definition mass m (i : I) : R := Pr m (pred1 i).

Definition heterozygosity m : R := \sum_i mass m i * (1 - mass m i).

Definition simpson m : R := \sum_i mass m i ^+ 2.

Definition squared_distance m mu : R := \sum_i (mass m i - mass mu i) ^+ 2.

Definition chi_square m mu : R := \sum_i (mass m i - mass mu i) ^+ 2 / mass mu i.

Lemma mass_sum m : \sum_i mass m i = 1.
Proof.
rewrite /mass /Pr -E_sum (E_eq (g := fun=> 1)) ?E_const// => x.
by rewrite (bigD1 x)//= eqxx big1 ?addr0// => i; rewrite eq_sym => /negbTE ->.
Qed.

Lemma mass_ge0 m i : 0 <= mass m i. Proof. exact: Pr_ge0. Qed.

Lemma mass_le1 m i : mass m i <= 1. Proof. exact: Pr_le1. Qed.

Lemma heterozygosity_simpson m : heterozygosity m = 1 - simpson m.
Proof.
rewrite /heterozygosity /simpson -[X in _ = X - _](mass_sum m) -sumrB.
by apply: eq_bigr => i _; ring.
Qed.

Lemma heterozygosity_Var m : heterozygosity m = \sum_i Var m (fun x => (pred1 i x)%:R).
Proof. by apply: eq_bigr => i _; rewrite Var_indicator. Qed.

Section Schedule.
Variable sizes : nat -> nat.
Hypothesis sizes_gt0 : forall k, (0 < sizes k)%N.

(* The share of every category is a martingale. *)
Theorem share_martingale t mu i : E (generation sizes t mu) (fun m => mass m i) = mass mu i.
Proof. exact: mean_martingale. Qed.

Theorem categorical_replace_scheduled_heterozygosity_correct t mu :
  E (generation sizes t mu) heterozygosity =
  categorical_replace_scheduled_heterozygosity (fun k => (sizes k)%:R) t (mass mu).
Proof.
rewrite (E_eq heterozygosity_Var) E_sum /categorical_replace_scheduled_heterozygosity mulr_suml.
apply: eq_bigr => i _; rewrite variance_decay// Var_indicator; congr (_ * _).
by apply: eq_bigr => k _; rewrite mulN1r.
Qed.

End Schedule.

Section Constant.
Variable n : nat.
Hypothesis n_gt0 : (0 < n)%N.
Local Notation run := (generation (fun=> n)).

Theorem categorical_replace_heterozygosity_correct t mu :
  E (run t mu) heterozygosity = categorical_replace_heterozygosity n%:R t (mass mu).
Proof.
rewrite (E_eq heterozygosity_Var) E_sum /categorical_replace_heterozygosity mulr_suml.
by apply: eq_bigr => i _; rewrite maximum_likelihood_variance// Var_indicator.
Qed.

Theorem categorical_replace_simpson_correct t mu :
  E (run t mu) simpson = categorical_replace_simpson n%:R t (mass mu).
Proof.
rewrite (E_eq (g := fun m => 1 - heterozygosity m)); last first.
  by move=> m; rewrite heterozygosity_simpson opprB addrC subrK.
by rewrite E_sub E_const categorical_replace_heterozygosity_correct.
Qed.

(* The L2 risk: the probabilities have drifted by what diversity has lost. *)
Theorem categorical_replace_squared_distance t mu :
  E (run t mu) (squared_distance^~ mu) = heterozygosity mu * (1 - (1 - 1 / n%:R) ^+ t).
Proof.
rewrite /squared_distance E_sum heterozygosity_Var mulr_suml.
by apply: eq_bigr => i _; rewrite square_deviation_constant.
Qed.

Theorem categorical_replace_chi_square_correct t mu : (forall i, 0 < mass mu i) ->
  E (run t mu) (chi_square^~ mu) = categorical_replace_chi_square n%:R t (mass mu).
Proof.
move=> mu0; rewrite /chi_square E_sum /categorical_replace_chi_square.
have -> : #|I|%:R - 1 = \sum_i (1 - mass mu i) :> R.
  by rewrite sumrB mass_sum sumr_const cardT.
rewrite mulr_suml; apply: eq_bigr => i _.
rewrite (E_eq (g := fun m => (mass mu i)^-1 * (mass m i - mass mu i) ^+ 2)); last by move=> m; rewrite mulrC.
rewrite E_scale square_deviation_constant// Var_indicator -/(mass mu i).
by have := mu0 i => /lt0r_neq0 h; field.
Qed.

End Constant.
End Categories.
