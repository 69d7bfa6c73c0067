(* Sample sizes that change: when diversity lasts, and what accumulation saves. *)
From mathcomp Require Import all_ssreflect ssralg ssrnum archimedean ring lra.
From mathcomp Require Import boolp classical_sets reals topology normedtype sequences exp.
From Collapse Require Import Formulas Probability Replacement Workflows ClosedForms.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.

Section Products.
Variable R : realType.
Implicit Types x : nat -> R.

Lemma product_upper x t : (forall k, x k <= 1) ->
  \prod_(1 <= k < t.+1) (1 - x k) <= expR (- \sum_(1 <= k < t.+1) x k).
Proof.
move=> x1; elim: t => [|t ih]; first by rewrite !big_geq// oppr0 expR0.
rewrite prod_last sum_last opprD expRD ler_pM ?subr_ge0//; last first.
  by have := expR_ge1Dx (- x t.+1).
by apply: prodr_ge0 => k _; rewrite subr_ge0.
Qed.

Lemma product_lower x t : (forall k, 0 <= x k <= 1 / 2) ->
  expR (- 2 * \sum_(1 <= k < t.+1) x k) <= \prod_(1 <= k < t.+1) (1 - x k).
Proof.
move=> xs; elim: t => [|t ih]; first by rewrite !big_geq// mulr0 expR0.
rewrite prod_last sum_last mulrDr expRD ler_pM ?expR_ge0//.
case/andP: (xs t.+1) => x0 x1; move: (x t.+1) x0 x1 => y y0 y1.
have p : 0 < 1 - y by lra.
rewrite mulNr expRN -[leRHS]invrK lef_pV2 ?posrE ?expR_gt0 ?invr_gt0//.
apply: le_trans (expR_ge1Dx (2 * y)); rewrite -div1r ler_pdivrMr//.
by nra.
Qed.

(* The sum of inverse squares is at most 2. *)
Theorem inverse_squares t : \sum_(1 <= k < t.+2) 1 / k%:R ^+ 2 <= 2 - 1 / t.+1%:R :> R.
Proof.
elim: t => [|t ih]; first by rewrite big_nat1 expr1n divr1; lra.
rewrite sum_last; apply: le_trans (lerD ih (lexx _)) _.
have a0 : 0 < t.+1%:R :> R by rewrite ltr0n.
rewrite -(natr1 t.+1); move: a0; move: t.+1%:R => a a0; have b0 : 0 < a + 1 by lra.
rewrite -subr_ge0 (_ : _ - _ = 1 / (a * (a + 1) ^+ 2)).
  by rewrite divr_ge0// mulr_ge0 ?exprn_ge0// ltW.
by field; rewrite (lt0r_neq0 a0) (lt0r_neq0 b0).
Qed.

End Products.

Section Diversity.
Variables (R : realType) (I : finType) (mu : law R I) (sizes : nat -> nat).
Hypothesis sizes_gt1 : forall k, (1 < sizes k)%N.
Hypothesis diverse : 0 < heterozygosity mu.

Let noise k : R := 1 / (sizes k)%:R.

Lemma noise_half k : 0 <= noise k <= 1 / 2.
Proof.
rewrite /noise divr_ge0 ?ler0n//= ler_pdivrMr ?ltr0n ?(ltnW (sizes_gt1 k))//.
by rewrite mul1r ler_pdivlMl// mulr1 ler_nat.
Qed.

Lemma expected_diversity t :
  E (generation sizes t mu) (@heterozygosity R I) = heterozygosity mu * \prod_(1 <= k < t.+1) (1 - noise k).
Proof.
rewrite categorical_replace_scheduled_heterozygosity_correct; last by move=> k; exact: ltnW.
congr (_ * _); by apply: eq_bigr => k _; rewrite mulN1r.
Qed.

(* Replacement keeps diversity for ever exactly if the inverse sample sizes have a finite sum. *)
Theorem diversity_lasts :
  (exists2 c : R, 0 < c & forall t, c <= E (generation sizes t mu) (@heterozygosity R I)) <->
  (exists b : R, forall t, \sum_(1 <= k < t.+1) 1 / (sizes k)%:R <= b).
Proof.
have n1 k : noise k <= 1 by case/andP: (noise_half k) => _ h; lra.
split=> [[c c0 low]|[b high]]; last first.
  exists (heterozygosity mu * expR (- 2 * b)); first by rewrite mulr_gt0 ?expR_gt0.
  move=> t; rewrite expected_diversity; apply: ler_wpM2l; first exact: ltW.
  apply: le_trans (product_lower t noise_half); rewrite ler_expR; have := high t; lra.
exists (- ln (c / heterozygosity mu)) => t; rewrite lerNr.
have := low t; rewrite expected_diversity => le_c.
have : c / heterozygosity mu <= expR (- \sum_(1 <= k < t.+1) noise k).
  rewrite ler_pdivrMr// mulrC; apply: le_trans le_c _; apply: ler_wpM2l; first exact: ltW.
  exact: product_upper.
by rewrite -ler_ln ?posrE ?expR_gt0 ?divr_gt0// expRK.
Qed.

End Diversity.

Section Contrast.
Variables (R : realType) (F : family R) (mean : R) (n : nat).
Hypothesis mean_ok : inside F mean.
Hypothesis n_gt0 : (0 < n)%N.
Hypothesis linear : v2 F = 0.
Hypothesis spread : 0 < variance_function F mean.

(* With equal batches accumulation stays within twice the error of fit 1, and replacement exceeds every bound. *)
Theorem accumulation_saves :
  (forall t, error F mean (accumulate R (sizes := fun=> n) (fun=> n_gt0)) (fun=> n) (fun=> 1%N) t <=
     2 * (variance_function F mean / n%:R)) /\
  (forall b, exists t, b < error F mean (replace R) (fun=> n) (fun=> 1%N) t).
Proof.
have n0 : 0 < n%:R :> R by rewrite ltr0n.
split=> [t|b].
  have sizes (k : nat) : (0 < (fun=> n) k)%N by [].
  have := @qvf_accumulate_scheduled_mean_error_bound_correct _ F mean (fun=> n) mean_ok sizes t linear (ltW spread).
  by rewrite /qvf_accumulate_scheduled_mean_error_bound mul0r addr0 mulrA.
have grows t : error F mean (replace R) (fun=> n) (fun=> 1%N) t = variance_function F mean / n%:R * t%:R.
  rewrite qvf_replace_scheduled_mean_error_correct// /qvf_replace_scheduled_mean_error.
  rewrite (eq_big_nat _ _ (F2 := fun=> 1 / n%:R)) => [|k _]; last first.
    by rewrite big1 ?mulr1// => j _; rewrite linear mul0r addr0.
  rewrite -/(variance_function F mean) sumr_const_nat subn1 /= -[X in _ * X]mulr_natr.
  by move: t%:R => x; field; exact: lt0r_neq0.
have s0 : 0 < variance_function F mean / n%:R by rewrite divr_gt0.
have := archi_boundP (_ : 0 <= `|b| / (variance_function F mean / n%:R)).
rewrite divr_ge0 ?(ltW s0)//; move/(_ isT); move: (Num.bound _) => k; rewrite ltr_pdivrMr// => large.
by exists k; rewrite grows mulrC; apply: le_lt_trans large; exact: ler_norm.
Qed.

End Contrast.
