(* Categories in every linear workflow, fresh real data among them: diversity and distance from the truth.

   picks j         which earlier batch an observation of the model that draws batch j comes from
   model h j       the model that draws batch j: observations of earlier batches with the weights w j, or the truth
   refreshed t     the law of model t when a share of every training set is fresh real data

   Assumes: real data of any law with finitely many outcomes; rows of weights that are empty or sum to one.
   Leaves out: laws with infinitely many outcomes; how the package fills its mixing matrix.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra reals.
From Collapse Require Import Formulas Probability Workflows Mixing ClosedForms Moments Pools Replacement Loops Sources.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Resampling.
Variables (R : realType) (A : Type) (mu : law R A) (n : nat -> nat) (w : nat -> nat -> R) (real : pred nat).
Hypothesis n_gt0 : forall j, (0 < n j)%N.
Hypothesis w_ge0 : forall j i, 0 <= w j i.
(* A batch is real, and has no weights, or synthetic, and has weights that sum to one. *)
Hypothesis w_real : forall j i, real j -> w j i = 0.
Hypothesis w_total : forall j, ~~ real j -> \sum_(0 <= i < j) w j i = 1.

Let shares j : seq (R * nat) :=
  if real j then [:: (1, 0%N)] else [seq (w j i, i) | i <- index_iota 0 j].

Lemma shares_ge0 j : all (fun x => 0 <= x.1) (shares j).
Proof. by rewrite /shares; case: ifP => _; [rewrite /= ler01|rewrite all_map; apply/allP => i _ /=]. Qed.

Lemma shares_total j : \sum_(x <- shares j) x.1 = 1.
Proof.
by rewrite /shares; case: (boolP (real j)) => [_|synthetic]; [rewrite big_seq1|rewrite big_map w_total].
Qed.

Definition picks j : law R nat := Law (shares_ge0 j) (shares_total j).

Definition model (h : seq (seq A)) j : law R A :=
  if real j then mu else bind (picks j) (fun i => refit mu (nth [::] h i)).

Lemma model_real h j f : real j -> E (model h j) f = E mu f.
Proof. by rewrite /model => ->. Qed.

Lemma model_pooled f j : ~~ real j ->
  surely (histories n model j) (fun h => E (model h j) f = pooled w f h j).
Proof.
move=> synthetic; apply: (surely_sub (@histories_size _ _ n model n_gt0 j)) => h [_ hs].
rewrite /model (negbTE synthetic) E_bind {1}/E /= /shares (negbTE synthetic) big_map.
by apply: eq_big_nat => i /andP[_ ij]; rewrite E_refit// hs.
Qed.

Local Notation run t := (histories n model t).
Local Notation error V t := (mean_square_error (fun=> V) (-1) (fun j => (n j)%:R) w t).

Let square_real f h j : real j -> E (model h j) (fun x => f x ^+ 2) = E mu f ^+ 2 + Var mu f.
Proof. by move=> rj; rewrite model_real// Var_moments addrC subrK. Qed.

(* Any statistic of the real data, in every linear workflow. *)
Theorem resampling_mean f t : E (run t) (fun h => E (model h t) f) = E mu f.
Proof.
have mm := matching_mean w_real w_total (fun h j rj => model_real h f rj) (model_pooled f).
rewrite (E_surely (mm t) (g := fun h => E mu f + mixture f (E mu f) w h t))//.
by rewrite E_add E_const (mixture_unbiased n_gt0 mm) addr0.
Qed.

Theorem resampling_error f t : E (run t) (fun h => (E (model h t) f - E mu f) ^+ 2) = error (Var mu f) t.
Proof.
have mm := matching_mean w_real w_total (fun h j rj => model_real h f rj) (model_pooled f).
rewrite -(matching_error n_gt0 w_real w_total (fun h j rj => model_real h f rj) (square_real f)
  (model_pooled f) (model_pooled (fun x => f x ^+ 2))).
by apply: (E_surely (mm t)) => h ->; rewrite addrAC subrr add0r.
Qed.

Theorem resampling_variance f t : E (run t) (fun h => Var (model h t) f) = Var mu f - error (Var mu f) t.
Proof.
rewrite (matching_variance n_gt0 w_real w_total (fun h j rj => model_real h f rj) (square_real f)
  (model_pooled f) (model_pooled (fun x => f x ^+ 2))).
by rewrite (matching_error n_gt0 w_real w_total (fun h j rj => model_real h f rj) (square_real f)
  (model_pooled f) (model_pooled (fun x => f x ^+ 2))) mulN1r.
Qed.

End Resampling.

Section Categories.
Variables (R : realType) (I : finType) (mu : law R I) (n : nat -> nat) (w : nat -> nat -> R) (real : pred nat).
Hypothesis n_gt0 : forall j, (0 < n j)%N.
Hypothesis w_ge0 : forall j i, 0 <= w j i.
Hypothesis w_real : forall j i, real j -> w j i = 0.
Hypothesis w_total : forall j, ~~ real j -> \sum_(0 <= i < j) w j i = 1.

Local Notation model := (model mu w_ge0 w_total).
Local Notation run t := (histories n model t).

Theorem categorical_any_squared_distance_correct t :
  E (run t) (fun h => squared_distance (model h t) mu) =
  categorical_any_squared_distance (fun j => (n j)%:R) w t (mass mu).
Proof.
rewrite /categorical_any_squared_distance mean_square_error_sum /squared_distance E_sum.
by apply: eq_bigr => i _; rewrite resampling_error// Var_indicator.
Qed.

Theorem categorical_any_heterozygosity_correct t :
  E (run t) (fun h => heterozygosity (model h t)) =
  categorical_any_heterozygosity (fun j => (n j)%:R) w t (mass mu).
Proof.
rewrite /categorical_any_heterozygosity mean_square_error_sum -sumrB.
rewrite (E_eq (g := fun h => \sum_i Var (model h t) (fun x => (pred1 i x)%:R))) => [|h]; last first.
  exact: heterozygosity_Var.
by rewrite E_sum; apply: eq_bigr => i _; rewrite resampling_variance// Var_indicator.
Qed.

End Categories.

(* Fresh real data of weight `weight` in every training set after the first. *)
Section Fresh.
Variables (R : realType) (I : finType) (mu : law R I) (n real fresh : nat) (weight : R).
Hypothesis n_gt0 : (0 < n)%N.
Hypothesis real_gt0 : (0 < real)%N.
Hypothesis fresh_gt0 : (0 < fresh)%N.
Hypothesis weight01 : 0 <= weight <= 1.
Implicit Types (m q : law R I) (e : pred I).

Fixpoint refreshed t : law R (law R I) :=
  match t with
  | 0 => dirac R mu
  | 1 => step real mu
  | t'.+1 => bind (refreshed t') (fun m => bind (step fresh mu) (fun q => image (mix weight01 q) (step n m)))
  end.

Let n0 : 0 < n%:R :> R. Proof. by rewrite ltr0n. Qed.
Let f0 : 0 < fresh%:R :> R. Proof. by rewrite ltr0n. Qed.

Definition kept : R := (1 - weight) ^+ 2 * (1 + -1 / n%:R).

Lemma kept_lt1 : 1 - kept != 0.
Proof.
case/andP: weight01 => w0 w1; have i0 : 0 < 1 / n%:R :> R by rewrite divr_gt0.
have i1 : 1 / n%:R <= 1 :> R by rewrite ler_pdivrMr// mul1r ler1n.
rewrite lt0r_neq0// subr_gt0 /kept mulNr; apply: (@le_lt_trans _ _ (1 - 1 / n%:R)); last by lra.
by rewrite ler_piMl ?subr_ge0// expr_le1// ?subr_ge0// gerBl.
Qed.

Lemma next_deviation m e :
  E (step fresh mu) (fun q => E (step n m) (fun s => Pr (mix weight01 q s) e - Pr mu e)) =
  (1 - weight) * (Pr m e - Pr mu e).
Proof.
rewrite (E_eq (g := fun q => (1 - weight) * Pr m e - Pr mu e + weight * Pr q e)).
  by rewrite E_add E_const E_scale step_mean// -/(Pr mu e); ring.
move=> q; rewrite (E_eq (g := fun s => (weight * Pr q e - Pr mu e) + (1 - weight) * Pr s e)).
  by rewrite E_add E_const E_scale step_mean// -/(Pr m e); ring.
by move=> s; rewrite /Pr E_mix; ring.
Qed.

Lemma next_square m e :
  E (step fresh mu) (fun q => E (step n m) (fun s => (Pr (mix weight01 q s) e - Pr mu e) ^+ 2)) =
  weight ^+ 2 * (Pr mu e * (1 - Pr mu e) / fresh%:R) + (1 - weight) ^+ 2 * (Pr m e * (1 - Pr m e) / n%:R) +
  ((1 - weight) * (Pr m e - Pr mu e)) ^+ 2.
Proof.
set v := Pr m e * (1 - Pr m e) / n%:R.
rewrite (E_eq (g := fun q => (1 - weight) ^+ 2 * v +
   (((1 - weight) * Pr m e - Pr mu e) + weight * Pr q e) ^+ 2)).
  rewrite E_add E_const E_square Var_moments.
  have := step_square_deviation mu (fun x => (e x)%:R) 0 fresh_gt0.
  rewrite (E_eq (f := fun q => (E q _ - 0) ^+ 2) (g := fun q => Pr q e ^+ 2)) => [->|q]; last by rewrite subr0.
  by rewrite step_mean// Var_indicator -/(Pr mu e); ring.
move=> q; rewrite (E_eq (g := fun s => ((weight * Pr q e - Pr mu e) + (1 - weight) * Pr s e) ^+ 2)).
  rewrite E_square Var_moments; have := step_square_deviation m (fun x => (e x)%:R) 0 n_gt0.
  rewrite (E_eq (f := fun s => (E s _ - 0) ^+ 2) (g := fun s => Pr s e ^+ 2)) => [->|s]; last by rewrite subr0.
  by rewrite step_mean// Var_indicator -/(Pr m e) -/v; ring.
by move=> s; rewrite [Pr (mix _ _ _) e]E_mix -/(Pr q e) -/(Pr s e); ring.
Qed.

Lemma E_refreshedS t G : E (refreshed t.+2) G = E (refreshed t.+1) (fun m =>
  E (step fresh mu) (fun q => E (step n m) (fun s => G (mix weight01 q s)))).
Proof. by rewrite /= E_bind; apply: E_eq => m; rewrite E_bind; apply: E_eq => q; rewrite E_image. Qed.

Lemma refreshed_unbiased t e : E (refreshed t) (fun m => Pr m e - Pr mu e) = 0.
Proof.
elim: t => [|[|t] ih]; first by rewrite E_dirac subrr.
  by rewrite /= E_sub E_const step_mean// subrr.
by rewrite E_refreshedS (E_eq (fun m => next_deviation m e)) E_scale ih mulr0.
Qed.

Lemma first_spread e : spread mu e (refreshed 1) = Pr mu e * (1 - Pr mu e) / real%:R.
Proof. by rewrite /spread step_square_deviation// subrr expr0n addr0 Var_indicator. Qed.

Lemma next_spread t e : spread mu e (refreshed t.+2) = kept * spread mu e (refreshed t.+1) +
  Pr mu e * (1 - Pr mu e) * (weight ^+ 2 / fresh%:R + (1 - weight) ^+ 2 / n%:R).
Proof.
have nn := lt0r_neq0 n0; have ff := lt0r_neq0 f0.
rewrite /spread E_refreshedS (E_eq (fun m => next_square m e)).
rewrite (E_eq (g := fun m => kept * (Pr m e - Pr mu e) ^+ 2 +
   ((1 - weight) ^+ 2 * (1 - 2 * Pr mu e) / n%:R * (Pr m e - Pr mu e) +
   Pr mu e * (1 - Pr mu e) * (weight ^+ 2 / fresh%:R + (1 - weight) ^+ 2 / n%:R)))).
  by rewrite E_add E_add !E_scale E_const refreshed_unbiased mulr0 add0r.
by move=> m; rewrite /kept; field; rewrite nn ff.
Qed.

Lemma refreshed_spread t e : spread mu e (refreshed t) =
  qvf_refresh_mean_error 0 n%:R fresh%:R weight real%:R t (Pr mu e * (1 - Pr mu e)) 0 (-1).
Proof.
rewrite /qvf_refresh_mean_error mul0r addr0; have [->|t0] := posnP t.
  by rewrite /spread /= E_dirac subrr expr0n.
have := settling (e := fun t => spread mu e (refreshed t)) kept_lt1 (fun t => next_spread t e) t0.
by rewrite first_spread => ->.
Qed.

(* Fresh real data hold diversity: what it has lost is the error of fresh data with v2 = -1. *)
Theorem refreshed_heterozygosity t : E (refreshed t) (fun m => heterozygosity m) =
  heterozygosity mu - qvf_refresh_mean_error 0 n%:R fresh%:R weight real%:R t (heterozygosity mu) 0 (-1).
Proof.
have linear (V : R) : qvf_refresh_mean_error 0 n%:R fresh%:R weight real%:R t V 0 (-1) =
    V * qvf_refresh_mean_error 0 n%:R fresh%:R weight real%:R t 1 0 (-1).
  by rewrite /qvf_refresh_mean_error !mul0r !addr0; case: ifP => _; ring.
rewrite linear {1 2}/heterozygosity mulr_suml -sumrB /heterozygosity E_sum; apply: eq_bigr => i _.
rewrite -linear -refreshed_spread /spread.
rewrite (E_eq (g := fun m => mass mu i * (1 - mass mu i) + ((1 - 2 * mass mu i) * (Pr m (pred1 i) - Pr mu (pred1 i)) -
   (Pr m (pred1 i) - Pr mu (pred1 i)) ^+ 2))); last by move=> m; rewrite /mass; ring.
by rewrite E_add E_const E_sub E_scale refreshed_unbiased mulr0 sub0r.
Qed.

End Fresh.
