(* Absorption under replacement: in the end every model is a delta function.

   undecided e m     the model m gives the event e a probability strictly between 0 and 1
   collapsed m       a category has probability 1: the model has no diversity left
   on_grid n m       every probability of m is a multiple of 1/n, as after a fit to n observations

   Assumes: two or more observations per fit; one or more fits for the upper bounds.
   Leaves out: laws with infinitely many outcomes; the upper bounds at t = 0.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra.
From mathcomp Require Import boolp classical_sets reals topology normedtype sequences.
From Collapse Require Import Formulas Probability Replacement.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory numFieldNormedType.Exports.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.

Section Grid.
Variables (R : realType) (A : Type).
Implicit Types (m mu : law R A) (e : pred A) (n t : nat).

Definition undecided e m := (0 < Pr m e) && (Pr m e < 1).

Definition on_grid n m := forall e, exists2 k, (k <= n)%N & Pr m e = k%:R / n%:R.

Lemma total_count e (s : seq A) : total (fun x => (e x)%:R) s = (count e s)%:R :> R.
Proof. by elim: s => [|x s ih]; rewrite /total ?big_nil// big_cons -/(total _ s) ih -natrD. Qed.

Lemma step_on_grid n m : (0 < n)%N -> surely (step n m) (on_grid n).
Proof.
move=> n0; apply: surely_image; apply: (surely_sub (size_iid n m)) => s sn e.
exists (count e s); first by rewrite -sn count_size.
by rewrite /Pr E_refit ?sn// /average total_count sn.
Qed.

Lemma generation_on_grid n t mu : (0 < n)%N -> surely (generation (fun=> n) t.+1 mu) (on_grid n).
Proof.
move=> n0; apply: (@surely_bind _ _ _ _ _ (fun=> True)) => // m _; exact: step_on_grid.
Qed.

(* On the grid an undecided event has at least the variance of a single observation among n. *)
Lemma grid_gap n m e : (1 < n)%N -> on_grid n m -> undecided e m ->
  (n%:R - 1) / n%:R ^+ 2 <= Pr m e * (1 - Pr m e).
Proof.
rewrite /undecided => n1 /(_ e)[k kn ->] /andP[].
have n0 : 0 < n%:R :> R by rewrite ltr0n ltnW.
rewrite pmulr_lgt0 ?invr_gt0// ltr_pdivrMr// mul1r ltr0n ltr_nat => k0 k1.
have hk : 1 <= k%:R :> R by rewrite ler1n.
have hn : k%:R + 1 <= n%:R :> R by rewrite natr1 ler_nat.
rewrite ler_pdivrMr ?exprn_gt0//.
have -> : k%:R / n%:R * (1 - k%:R / n%:R) * n%:R ^+ 2 = k%:R * (n%:R - k%:R) :> R.
  by field; rewrite gt_eqF.
by nra.
Qed.

End Grid.

Section TwoSided.
Variables (R : realType) (A : Type) (e : pred A) (n : nat).
Hypothesis n_gt1 : (1 < n)%N.
Implicit Types (m mu : law R A).
Local Notation run := (generation (fun=> n)).

Let n_gt0 : (0 < n)%N. Proof. exact: ltnW. Qed.

Let nR : 1 < n%:R :> R. Proof. by rewrite ltr1n. Qed.

Lemma expected_spread t mu :
  E (run t mu) (fun m => Pr m e * (1 - Pr m e)) = Pr mu e * (1 - Pr mu e) * (1 - 1 / n%:R) ^+ t.
Proof.
by rewrite -(Var_indicator) -maximum_likelihood_variance//; apply: E_eq => m; rewrite Var_indicator.
Qed.

Theorem undecided_upper t mu : (0 < t)%N ->
  Pr (run t mu) (undecided e) <=
  n%:R ^+ 2 / (n%:R - 1) * Pr mu e * (1 - Pr mu e) * (1 - 1 / n%:R) ^+ t.
Proof.
case: t => // t _; have n1 : 0 < n%:R - 1 :> R by rewrite subr_gt0.
rewrite -2!mulrA [Pr mu e * _]mulrA -expected_spread -E_scale /Pr.
apply: (E_surely_le (@generation_on_grid _ _ n t mu n_gt0)) => m grid.
rewrite -/(Pr m e); have [und|_] /= := boolP (undecided e m).
  have := grid_gap n_gt1 grid und; rewrite ler_pdivrMr ?exprn_gt0 ?ltr0n//.
  by move=> h; rewrite mulrAC ler_pdivlMr// mul1r mulrC.
rewrite mulr_ge0// ?mulr_ge0 ?subr_ge0 ?Pr_ge0 ?Pr_le1 ?exprn_ge0 ?ler0n ?invr_ge0//.
exact: ltW.
Qed.

Theorem undecided_lower t mu :
  4 * Pr mu e * (1 - Pr mu e) * (1 - 1 / n%:R) ^+ t <= Pr (run t mu) (undecided e).
Proof.
rewrite -2!mulrA [Pr mu e * _]mulrA -expected_spread -E_scale; apply: E_le => m.
have := Pr_ge0 m e; have := Pr_le1 m e; rewrite /undecided; set p := Pr m e => p1 p0.
have [->|pn0] := eqVneq p 0; first by rewrite mul0r mulr0 ltxx.
have [->|pn1] := eqVneq p 1; first by rewrite subrr !mulr0 ltxx andbF.
rewrite !lt_neqAle p0 p1 pn1 eq_sym pn0 /=.
by have := sqr_ge0 (2 * p - 1); nra.
Qed.

(* The event is certain at generation t with nearly its initial probability. *)
Theorem fixation_bounds t mu : (0 < t)%N ->
  Pr mu e - n%:R ^+ 2 / (n%:R - 1) * Pr mu e * (1 - Pr mu e) * (1 - 1 / n%:R) ^+ t <=
  Pr (run t mu) (fun m => Pr m e == 1) <= Pr mu e.
Proof.
move=> t0; apply/andP; split; last first.
  rewrite -[leRHS](mean_martingale (sizes := fun=> n) _ t) //; apply: E_le => m.
  by case: eqP => /= [h|_]; [rewrite -/(Pr m e) h|exact: Pr_ge0].
rewrite lerBlDr; apply: le_trans (lerD (lexx _) (undecided_upper mu t0)).
rewrite -[leLHS](mean_martingale (sizes := fun=> n) _ t) // -E_add; apply: E_le => m.
rewrite -/(Pr m e) /undecided; have := Pr_ge0 m e; have := Pr_le1 m e; set p := Pr m e => p1 p0.
have [->|pn1] := eqVneq p 1; first by rewrite ltxx andbF addr0.
by have [->|pn0] := eqVneq p 0; rewrite !lt_neqAle ?eqxx ?p0 ?p1 ?pn1 ?(eq_sym 0) ?pn0 ?add0r.
Qed.

End TwoSided.

Lemma geometric_tail (R : realType) n (c : R) : (1 < n)%N ->
  c * (1 - 1 / n%:R) ^+ t @[t --> \oo] --> (0 : R).
Proof.
move=> n1; apply: (cvg_geometric c); have h : 1 < n%:R :> R by rewrite ltr1n.
have h0 : 0 < 1 / n%:R :> R by rewrite divr_gt0// (lt_trans _ h).
by rewrite ger0_norm ?subr_ge0 ?ler_pdivrMr ?mul1r ?(ltW h) ?(lt_trans _ h)//; lra.
Qed.

Section Bernoulli.
Variables (R : realType) (n : nat) (mu : law R bool).
Hypothesis n_gt1 : (1 < n)%N.
Local Notation run := (generation (fun=> n)).

(* The share of successes of a two-valued model. *)
Definition share (m : law R bool) : R := Pr m id.

Theorem bernoulli_replace_segregating_upper_correct t : (0 < t)%N ->
  Pr (run t mu) (undecided id) <= bernoulli_replace_segregating_upper n%:R t (share mu).
Proof. exact: undecided_upper. Qed.

Theorem bernoulli_replace_segregating_lower_correct t :
  bernoulli_replace_segregating_lower n%:R t (share mu) <= Pr (run t mu) (undecided id).
Proof. exact: undecided_lower. Qed.

Theorem bernoulli_replace_segregating_published_correct t : (0 < t)%N ->
  Pr (run t mu) (undecided id) <= bernoulli_replace_segregating_published n%:R t (share mu).
Proof.
move=> t0; apply: le_trans (bernoulli_replace_segregating_upper_correct t0) _.
have n1 : 1 < n%:R :> R by rewrite ltr1n.
have n2 : 2 <= n%:R :> R by rewrite ler_nat.
rewrite /bernoulli_replace_segregating_upper /bernoulli_replace_segregating_published.
have n0 : 0 < n%:R :> R by apply: lt_trans n1; exact: ltr01.
apply: ler_wpM2r; first by rewrite exprn_ge0// subr_ge0 ler_pdivrMr// mul1r ltW.
apply: ler_wpM2r; first by rewrite subr_ge0 Pr_le1.
apply: ler_wpM2r; first exact: Pr_ge0.
by rewrite ler_pdivrMr ?subr_gt0//; nra.
Qed.

Theorem bernoulli_replace_fixation_limit_correct :
  Pr (run t mu) (fun m => share m == 1) @[t --> \oo] --> bernoulli_replace_fixation_limit (share mu).
Proof.
rewrite /bernoulli_replace_fixation_limit.
set c := n%:R ^+ 2 / (n%:R - 1) * share mu * (1 - share mu).
apply: (@squeeze_cvgr _ _ _ _ (fun t => share mu - c * (1 - 1 / n%:R) ^+ t) (fun=> share mu)).
- near=> t; apply: fixation_bounds => //; near: t; exact: nbhs_infty_gt.
- rewrite -[X in _ --> X]subr0; apply: cvgB; first exact: cvg_cst.
  exact: geometric_tail.
- exact: cvg_cst.
Unshelve. all: by end_near.
Qed.

End Bernoulli.

Section Categories.
Variables (R : realType) (I : finType) (n : nat) (mu : law R I).
Hypothesis n_gt1 : (1 < n)%N.
Local Notation run := (generation (fun=> n)).

Definition collapsed (m : law R I) := [exists i, mass m i == 1].

Lemma diverse_undecided (m : law R I) : ~~ collapsed m -> exists i, undecided (pred1 i) m.
Proof.
move=> /existsPn not1; have : exists i, 0 < mass m i.
  apply/existsP; rewrite -[X in is_true X]negbK negb_exists; apply/negP => /forallP none.
  have := mass_sum m; rewrite big1 => [/eqP|i _]; first by rewrite eq_sym oner_eq0.
  by apply/eqP; rewrite eq_le mass_ge0 andbT leNgt.
by move=> [i i0]; exists i; rewrite /undecided i0 lt_neqAle not1 mass_le1.
Qed.

(* At generation t the model has not yet collapsed with probability at most n^2/(n-1) H_0 (1-1/n)^t. *)
Theorem diversity_bound t : (0 < t)%N ->
  Pr (run t mu) (fun m => ~~ collapsed m) <=
  n%:R ^+ 2 / (n%:R - 1) * (heterozygosity mu * (1 - 1 / n%:R) ^+ t).
Proof.
case: t => // t _; have n1 : 0 < n%:R - 1 :> R by rewrite subr_gt0 ltr1n.
have n0 : (0 < n)%N by exact: ltnW.
have -> : heterozygosity mu * (1 - 1 / n%:R) ^+ t.+1 = E (run t.+1 mu) (@heterozygosity R I).
  by rewrite categorical_replace_heterozygosity_correct.
rewrite -E_scale; apply: (E_surely_le (@generation_on_grid _ _ n t mu n0)) => m grid.
have H0 i : 0 <= mass m i * (1 - mass m i) by rewrite mulr_ge0 ?subr_ge0 ?mass_ge0 ?mass_le1.
case: (boolP (collapsed m)) => [_|/diverse_undecided[i und]] /=.
  by rewrite !mulr_ge0 ?exprn_ge0 ?ler0n ?invr_ge0 ?(ltW n1)// sumr_ge0.
have := grid_gap n_gt1 grid und; rewrite -/(mass m i) ler_pdivrMr ?exprn_gt0 ?ltr0n// => h.
rewrite mulrAC ler_pdivlMr// mul1r (le_trans h)// mulrC; apply: ler_wpM2l; first exact: exprn_ge0.
by rewrite /heterozygosity (bigD1 i)//= lerDl sumr_ge0.
Qed.

(* The main theorem of discrete model collapse: the model ends as a delta function with probability one. *)
Theorem collapse_is_certain : Pr (run t mu) collapsed @[t --> \oo] --> (1 : R).
Proof.
set c := n%:R ^+ 2 / (n%:R - 1) * heterozygosity mu.
apply: (@squeeze_cvgr _ _ _ _ (fun t => 1 - c * (1 - 1 / n%:R) ^+ t) (fun=> 1)).
- near=> t; rewrite Pr_le1 andbT lerBlDr -lerBlDl -Pr_not /c -mulrA; apply: diversity_bound.
  near: t; exact: nbhs_infty_gt.
- rewrite -[X in _ --> X]subr0; apply: cvgB; first exact: cvg_cst.
  exact: geometric_tail.
- exact: cvg_cst.
Unshelve. all: by end_near.
Qed.

(* Fixation favors nobody: a category ends alone with its initial probability. *)
Theorem fixation_probability i : Pr (run t mu) (fun m => mass m i == 1) @[t --> \oo] --> mass mu i.
Proof.
set c := n%:R ^+ 2 / (n%:R - 1) * mass mu i * (1 - mass mu i).
apply: (@squeeze_cvgr _ _ _ _ (fun t => mass mu i - c * (1 - 1 / n%:R) ^+ t) (fun=> mass mu i)).
- near=> t; apply: fixation_bounds => //; near: t; exact: nbhs_infty_gt.
- rewrite -[X in _ --> X]subr0; apply: cvgB; first exact: cvg_cst.
  exact: geometric_tail.
- exact: cvg_cst.
Unshelve. all: by end_near.
Qed.

End Categories.
