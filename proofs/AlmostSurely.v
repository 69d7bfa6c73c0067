(* Almost sure collapse, on any probability space.

   lim_sup_set F      the event that infinitely many of the events F t happen
   markov_chain       the two-time marginals of a process with finitely many states and transition law k
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra.
From mathcomp Require Import interval reals ereal classical_sets boolp functions sequences topology normedtype measure.
From mathcomp Require Import measurable_realfun lebesgue_measure lebesgue_integral probability.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Def Num.Theory numFieldNormedType.Exports.
Local Open Scope classical_set_scope.
Local Open Scope ring_scope.
Local Open Scope ereal_scope.

Section BorelCantelli.
Context d (T : measurableType d) (R : realType) (P : probability T R).

(* Events whose probabilities decay geometrically happen finitely often, almost surely. *)
Theorem geometric_events (F : nat -> set T) (c rho : R) :
  (forall t, measurable (F t)) -> (0 <= rho < 1)%R -> (forall t, P (F t) <= (c * rho ^+ t)%:E) ->
  P (lim_sup_set F) = 0.
Proof.
move=> mF /andP[rho0 rho1] bound; apply: lim_sup_set_cvg0 => //.
apply: (@le_lt_trans _ _ (\sum_(n <oo) (c * rho ^+ n)%:E)).
  by apply: lee_nneseries => n *; [exact: measure_ge0|exact: bound].
suff -> : \sum_(n <oo) (c * rho ^+ n)%:E = (c * (1 - rho)^-1)%:E by rewrite ltry.
apply/cvg_lim => //; rewrite (_ : (fun n => _) = EFin \o series (geometric c rho)); last first.
  by apply/funext => n /=; rewrite sumEFin.
by apply: cvg_EFin; [exact: nearW|apply: cvg_geometric_series; rewrite ger0_norm].
Qed.

(* A diversity that decays geometrically in the mean stays below every level from some generation on. *)
Theorem almost_sure_collapse (H : nat -> {RV P >-> R}) (h0 rho eps : R) :
  (0 < eps)%R -> (0 <= rho < 1)%R ->
  (forall t, 'E_P[(fun x => `|H t x|%R)] <= (h0 * rho ^+ t)%:E) ->
  P (lim_sup_set (fun t => [set x | eps%:E <= `|(H t x)%:E|])) = 0.
Proof.
move=> eps0 rho01 decay; apply: (geometric_events (c := (eps^-1 * h0)%R) (rho := rho)) => // t.
  rewrite [X in measurable X](_ : _ = (normr \o H t) @^-1` `[eps, +oo[%classic).
    by rewrite -[X in measurable X]setTI; apply: (measurableT_comp _ _).
  by apply/seteqP; split=> x /=; rewrite in_itv/= andbT lee_fin.
rewrite -mulrA EFinM lee_pdivlMl//; apply: le_trans (decay t).
exact: (@markov _ _ _ P (H t) id eps eps0 (@measurable_id _ _ _) (fun r r0 => r0) (fun x y _ _ h => h)).
Qed.

End BorelCantelli.
