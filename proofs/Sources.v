(* Sources of real data: coins, detectors, and drift against real draws mixed into every generation.

   coin a           true with probability a
   mix a mu nu      mu with probability a, nu otherwise
   conditional mu e f   the probability of e given f
   filtered s a b   the kind of an item (true with probability s) and whether it passes a filter
   mutating t       the law of model t when each draw is from the real law mu with probability a
   smoothed t       the law of model t when a share a of every fit is the real law mu

   Assumes: a real share above zero; real data of any law with finitely many outcomes; for smoothing, a prior
     whose mean is the truth.
   Leaves out: a source other than the truth.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra.
From mathcomp Require Import boolp classical_sets reals topology normedtype sequences.
From Collapse Require Import Formulas Probability Replacement Loops.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.

Section Coin.
Variable R : realType.

Section One.
Variable a : R.
Hypothesis a01 : 0 <= a <= 1.

Lemma coin_ge0 : all (fun x : R * bool => 0 <= x.1) [:: (a, true); (1 - a, false)].
Proof. by case/andP: a01 => a0 a1; rewrite /= a0 subr_ge0 a1. Qed.

Lemma coin_sum : \sum_(x <- [:: (a, true); (1 - a, false)]) x.1 = 1.
Proof. by rewrite !big_cons big_nil /= addr0 addrC subrK. Qed.

Definition coin : law R bool := Law coin_ge0 coin_sum.

Lemma E_coin f : E coin f = a * f true + (1 - a) * f false.
Proof. by rewrite /E /= !big_cons big_nil /= addr0. Qed.

Definition mix A (mu nu : law R A) : law R A := bind coin (fun c => if c then mu else nu).

Lemma E_mix A (mu nu : law R A) f : E (mix mu nu) f = a * E mu f + (1 - a) * E nu f.
Proof. by rewrite E_bind E_coin. Qed.

End One.

Definition conditional A (mu : law R A) (e f : pred A) : R := Pr mu (fun x => e x && f x) / Pr mu f.

Section Filter.
Variables share a b : R.
Hypothesis share01 : 0 <= share <= 1.
Hypothesis a01 : 0 <= a <= 1.
Hypothesis b01 : 0 <= b <= 1.

Definition filtered : law R (bool * bool) :=
  bind (coin share01) (fun kind => image (pair kind) (if kind then coin a01 else coin b01)).

(* The share of the first kind among what passes. *)
Lemma conditional_posterior : conditional filtered fst snd = posterior share a b.
Proof.
by rewrite /conditional /Pr !E_bind !E_coin !E_image !E_coin /= !(mulr0, mulr1, addr0).
Qed.

End Filter.

(* A detector drops synthetic items with probability tpr and real ones with probability fpr. *)
Theorem detector_residual_share_correct (share tpr fpr : R) (s : 0 <= share <= 1)
    (kept_synthetic : 0 <= 1 - tpr <= 1) (kept_real : 0 <= 1 - fpr <= 1) :
  conditional (filtered s kept_synthetic kept_real) fst snd = detector_residual_share share tpr fpr.
Proof. exact: conditional_posterior. Qed.

Theorem detector_group_share_correct (share fpr_one fpr_other : R) (s : 0 <= share <= 1)
    (kept_one : 0 <= 1 - fpr_one <= 1) (kept_other : 0 <= 1 - fpr_other <= 1) :
  conditional (filtered s kept_one kept_other) fst snd = detector_group_share share fpr_one fpr_other.
Proof. exact: conditional_posterior. Qed.

End Coin.

Section Drift.
Variables (R : realType) (I : finType) (mu : law R I) (n : nat) (a : R).
Hypothesis n_gt0 : (0 < n)%N.
Hypothesis a01 : 0 <= a <= 1.
Implicit Types (m : law R I) (e : pred I) (t : nat).

Let n0 : 0 < n%:R :> R. Proof. by rewrite ltr0n. Qed.

Fixpoint mutating t : law R (law R I) :=
  if t is t'.+1 then bind (mutating t') (fun m => step n (mix a01 mu m)) else dirac R mu.

Fixpoint smoothed t : law R (law R I) :=
  if t is t'.+1 then bind (smoothed t') (fun m => image (mix a01 mu) (step n m)) else dirac R mu.

Definition shrink : R := (1 - 1 / n%:R) * (1 - a) ^+ 2.

Definition spread e (run : law R (law R I)) : R := E run (fun m => (Pr m e - Pr mu e) ^+ 2).

(* What a fit adds to the error, from a model with a probability of its own. *)
Lemma step_spread m e :
  E (step n m) (fun q => (Pr q e - Pr mu e) ^+ 2) = Pr m e * (1 - Pr m e) / n%:R + (Pr m e - Pr mu e) ^+ 2.
Proof. by rewrite step_square_deviation// Var_indicator. Qed.

Lemma mutating_unbiased t e : E (mutating t) (fun m => Pr m e) = Pr mu e.
Proof.
elim: t => [|t ih]; first by rewrite E_dirac.
rewrite /= E_bind (E_eq (g := fun m => a * Pr mu e + (1 - a) * Pr m e)).
  by rewrite E_add E_const E_scale ih; ring.
by move=> m; rewrite step_mean// E_mix.
Qed.

Lemma smoothed_unbiased t e : E (smoothed t) (fun m => Pr m e) = Pr mu e.
Proof.
elim: t => [|t ih]; first by rewrite E_dirac.
rewrite /= E_bind (E_eq (g := fun m => a * Pr mu e + (1 - a) * Pr m e)).
  by rewrite E_add E_const E_scale ih; ring.
move=> m; rewrite E_image (E_eq (g := fun q => a * Pr mu e + (1 - a) * E q (fun x => (e x)%:R))).
  by rewrite E_add E_const E_scale step_mean.
by move=> q; rewrite /Pr E_mix.
Qed.

Lemma mutating_spread t e : spread e (mutating t.+1) =
  shrink * spread e (mutating t) + Pr mu e * (1 - Pr mu e) / n%:R.
Proof.
rewrite /spread /= E_bind (E_eq (g := fun m => shrink * (Pr m e - Pr mu e) ^+ 2 +
   ((1 - a) * (1 - 2 * Pr mu e) / n%:R * (Pr m e - Pr mu e) + Pr mu e * (1 - Pr mu e) / n%:R))).
  by rewrite E_add E_add !E_scale E_const E_sub E_const mutating_unbiased subrr mulr0 add0r.
move=> m; rewrite step_spread [Pr (mix a01 mu m) e]E_mix -/(Pr mu e) -/(Pr m e) /shrink.
by field; exact: lt0r_neq0.
Qed.

Lemma smoothed_spread t e : spread e (smoothed t.+1) =
  shrink * spread e (smoothed t) + (1 - a) ^+ 2 * (Pr mu e * (1 - Pr mu e) / n%:R).
Proof.
rewrite /spread /= E_bind (E_eq (g := fun m => shrink * (Pr m e - Pr mu e) ^+ 2 +
   ((1 - a) ^+ 2 * (1 - 2 * Pr mu e) / n%:R * (Pr m e - Pr mu e) + (1 - a) ^+ 2 * (Pr mu e * (1 - Pr mu e) / n%:R)))).
  by rewrite E_add E_add !E_scale E_const E_sub E_const smoothed_unbiased subrr mulr0 add0r.
move=> m; rewrite E_image (E_eq (g := fun q => (1 - a) ^+ 2 * (Pr q e - Pr mu e) ^+ 2)).
  by rewrite E_scale step_spread /shrink; field; exact: lt0r_neq0.
by move=> q; rewrite [Pr (mix a01 mu q) e]E_mix -/(Pr mu e) -/(Pr q e); ring.
Qed.

Hypothesis a_gt0 : 0 < a.

Lemma shrink01 : 0 <= shrink < 1.
Proof.
case/andP: a01 => _ a1; have i0 : 0 < 1 / n%:R :> R by rewrite divr_gt0.
have i1 : 1 / n%:R <= 1 :> R by rewrite ler_pdivrMr// mul1r ler1n.
have b0 : 0 <= 1 - a by rewrite subr_ge0.
have b1 : (1 - a) ^+ 2 <= 1 - a by rewrite expr2 ler_piMr// gerBl ltW.
rewrite /shrink mulr_ge0 ?subr_ge0 ?sqr_ge0//=.
apply: (@le_lt_trans _ _ ((1 - a) ^+ 2)).
  by rewrite ler_piMl ?sqr_ge0// gerBl ltW.
by apply: le_lt_trans b1 _; rewrite ltrBlDr ltrDl.
Qed.

Lemma shrink_denominator : n%:R - (n%:R - 1) * (1 - a) ^+ 2 = n%:R * (1 - shrink).
Proof. by rewrite /shrink; field; exact: lt0r_neq0. Qed.

Lemma shrink_neq1 : 1 - shrink != 0.
Proof. by case/andP: shrink01 => _ h; rewrite lt0r_neq0// subr_gt0. Qed.

(* A recursion e' = r e + b from zero. *)
Lemma geometric (e : nat -> R) r b : 1 - r != 0 -> e 0%N = 0 -> (forall t, e t.+1 = r * e t + b) ->
  forall t, e t = b * (1 - r ^+ t) / (1 - r).
Proof.
move=> r1 e0 eS; elim=> [|t ih]; first by rewrite e0 expr0 subrr mulr0 mul0r.
by rewrite eS ih exprS; field.
Qed.

Lemma heterozygosity_sum (m : law R I) :
  \sum_i mass m i * (1 - mass m i) = heterozygosity m. Proof. by []. Qed.

Theorem mutating_categorical_replace_squared_distance_correct t :
  E (mutating t) (@squared_distance R I ^~ mu) =
  mutating_categorical_replace_squared_distance n%:R t (mass mu) a.
Proof.
rewrite /squared_distance E_sum /mutating_categorical_replace_squared_distance mulr_suml.
apply: eq_bigr => i _; rewrite -/(spread (pred1 i) (mutating t)) shrink_denominator -/shrink.
rewrite (geometric (e := fun t => spread (pred1 i) (mutating t)) shrink_neq1 _ (fun t => mutating_spread t _)).
  by have := shrink_neq1; rewrite -/(mass mu i) => h; field; rewrite h lt0r_neq0.
by rewrite /spread E_dirac subrr expr0n.
Qed.

Theorem mutating_categorical_replace_squared_distance_limit_correct :
  E (mutating t) (@squared_distance R I ^~ mu) @[t --> \oo] -->
  mutating_categorical_replace_squared_distance_limit n%:R (mass mu) a.
Proof.
pose L := mutating_categorical_replace_squared_distance_limit n%:R (mass mu) a.
rewrite (_ : (fun t => _) = (fun t => L - L * shrink ^+ t)); last first.
  apply/funext => t; rewrite mutating_categorical_replace_squared_distance_correct.
  rewrite /mutating_categorical_replace_squared_distance -/shrink /L.
  by rewrite /mutating_categorical_replace_squared_distance_limit mulrBl mul1r; ring.
rewrite -[X in _ --> X]subr0; apply: cvgB; first exact: cvg_cst.
by case/andP: shrink01 => s0 s1; apply: (cvg_geometric L); rewrite ger0_norm.
Qed.

(* Additive smoothing of K categories by a pseudocount: the prior has the share a. *)
Section Smoothing.
Variable pseudocount : R.
Hypothesis prior_share : a = #|I|%:R * pseudocount / (n%:R + #|I|%:R * pseudocount).

Theorem smoothed_categorical_replace_squared_distance_correct t :
  E (smoothed t) (@squared_distance R I ^~ mu) =
  smoothed_categorical_replace_squared_distance n%:R t (mass mu) pseudocount.
Proof.
rewrite /squared_distance E_sum /smoothed_categorical_replace_squared_distance -!prior_share.
rewrite mulr_sumr mulr_suml.
apply: eq_bigr => i _; rewrite -/(spread (pred1 i) (smoothed t)) shrink_denominator -/shrink.
rewrite (geometric (e := fun t => spread (pred1 i) (smoothed t)) shrink_neq1 _ (fun t => smoothed_spread t _)).
  by have := shrink_neq1; rewrite -/(mass mu i) => h; field; rewrite h lt0r_neq0.
by rewrite /spread E_dirac subrr expr0n.
Qed.

Theorem smoothed_categorical_replace_squared_distance_limit_correct :
  E (smoothed t) (@squared_distance R I ^~ mu) @[t --> \oo] -->
  smoothed_categorical_replace_squared_distance_limit n%:R (mass mu) pseudocount.
Proof.
pose L := smoothed_categorical_replace_squared_distance_limit n%:R (mass mu) pseudocount.
rewrite (_ : (fun t => _) = (fun t => L - L * shrink ^+ t)); last first.
  apply/funext => t; rewrite smoothed_categorical_replace_squared_distance_correct.
  rewrite /smoothed_categorical_replace_squared_distance /L.
  by rewrite /smoothed_categorical_replace_squared_distance_limit -!prior_share -/shrink mulrBl mul1r; ring.
rewrite -[X in _ --> X]subr0; apply: cvgB; first exact: cvg_cst.
by case/andP: shrink01 => s0 s1; apply: (cvg_geometric L); rewrite ger0_norm.
Qed.

End Smoothing.

(* The same in terms of theta = 2 n a. *)
Theorem mutating_categorical_stationary_spread_correct theta : a = theta / (2 * n%:R) ->
  E (mutating t) (@squared_distance R I ^~ mu) @[t --> \oo] -->
  mutating_categorical_stationary_spread n%:R theta (mass mu).
Proof.
move=> aE; rewrite /mutating_categorical_stationary_spread -aE.
exact: mutating_categorical_replace_squared_distance_limit_correct.
Qed.

End Drift.
